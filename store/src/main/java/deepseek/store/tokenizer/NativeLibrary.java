package deepseek.store.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import deepseek.Environment;
import deepseek.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/**
 * Loads the {@code tokenizers} library out of its jar, once per process.
 *
 * <p>DJL's own loader is left aside: it asks for CUDA, downloads a CUDA build of the tokenizers
 * when it finds one, and costs 200 ms of class loading. Here the CPU build is copied from the class
 * path into the user's cache and loaded, so no network is ever touched.
 */
final class NativeLibrary {
  private static final String ROOT = "native/lib/";

  /** Holder idiom: the first caller loads, the others wait for it. */
  private static final class Loaded {
    static final TokenizersLibrary LIBRARY = load();
  }

  private NativeLibrary() {}

  static TokenizersLibrary tokenizers() {
    return Loaded.LIBRARY;
  }

  // System.load is what binds JNI methods; the path is one this class wrote.
  private static TokenizersLibrary load() {
    String platform = platform();
    ClassLoader loader = TokenizersLibrary.class.getClassLoader();
    Path folder =
        Environment.ofProcess()
            .ownCache()
            .resolve("native")
            .resolve(version(loader) + "-" + platform.replace('/', '-'));
    for (String name : libraries(platform)) {
      String resource = ROOT + platform + "/" + name;
      URL url = loader.getResource(resource);
      if (url == null) {
        throw new StoreException(
            "load the tokenizers library",
            "a build for " + platform,
            "none in the tokenizers jar",
            "run on Linux x86_64 or arm64, macOS arm64 or Windows x86_64");
      }
      System.load(copy(url, folder, name).toAbsolutePath().toString());
    }
    return TokenizersLibrary.LIB;
  }

  private static List<String> libraries(String platform) {
    if (platform.startsWith("win")) {
      return List.of(
          "libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll", "tokenizers.dll");
    }
    return List.of(platform.startsWith("osx") ? "libtokenizers.dylib" : "libtokenizers.so");
  }

  private static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = os.contains("win") ? "win" : os.contains("mac") ? "osx" : "linux";
    String machine =
        switch (arch) {
          case "amd64", "x86_64" -> "x86_64";
          case "arm64", "aarch64" -> "aarch64";
          default -> arch;
        };
    return system + "-" + machine + "/cpu";
  }

  private static String version(ClassLoader loader) {
    Properties properties = new Properties();
    try (InputStream in = loader.getResourceAsStream(ROOT + "tokenizers.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw unreadable("tokenizers.properties", e);
    }
    return "tokenizers-" + properties.getProperty("version", "unknown");
  }

  private static Path copy(URL url, Path folder, String name) {
    try {
      var connection = url.openConnection();
      long size = connection.getContentLengthLong();
      Path target = folder.resolve(name);
      if (Files.isRegularFile(target) && Files.size(target) == size) {
        return target;
      }
      Path writable = writable(folder);
      Path part = Files.createTempFile(writable, name, ".part");
      try (InputStream in = connection.getInputStream()) {
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
        return Files.move(part, writable.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /** The cache, or a private temporary folder where the home is read-only. */
  private static Path writable(Path folder) throws IOException {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      return Files.createTempDirectory("deepseek-native");
    }
  }

  private static StoreException unreadable(String name, IOException cause) {
    return new StoreException(
        "load the tokenizers library",
        "to copy " + name + " out of its jar",
        String.valueOf(cause.getMessage()),
        "free some disk space or point DEEPSEEK_CACHE to a writable folder",
        cause);
  }
}
