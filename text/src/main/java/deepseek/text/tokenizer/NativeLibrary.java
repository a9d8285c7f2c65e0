package deepseek.text.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import deepseek.Environment;
import deepseek.files.DataException;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.TrustedFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * Loads the {@code tokenizers} library from its jar, once per process.
 *
 * <p>DJL's own loader isn't used: it looks for CUDA, downloads a CUDA build of the tokenizers if it
 * finds it, and takes 200 ms of class loading. Here the CPU build is copied from the class path to
 * the user's cache and loaded, without network access. A cached library is loaded only if no other
 * user can have written it and it has the checksum recorded when it was copied, as in {@link
 * KernelCache}.
 */
final class NativeLibrary {
  private static final System.Logger LOG = System.getLogger(NativeLibrary.class.getName());
  private static final String ROOT = "native/lib/";

  private static final FutureTask<TokenizersLibrary> LOADED = new FutureTask<>(NativeLibrary::load);

  private NativeLibrary() {}

  /** Starts loading in the background, since hashing 15 MB takes a while. */
  static void prepare() {
    if (!LOADED.isDone()) {
      Thread.ofPlatform().daemon().name("deepseek-tokenizers").start(LOADED);
    }
  }

  /** The library; the first caller loads it, the others wait. */
  static TokenizersLibrary tokenizers() {
    LOADED.run();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return LOADED.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DataException known ? known : new IllegalStateException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static TokenizersLibrary load() {
    ClassLoader loader = TokenizersLibrary.class.getClassLoader();
    Bundle bundle = Bundle.of(loader, platform());
    Path cache = Environment.ofProcess().ownCache().resolve("native");
    try {
      load(bundle, new KernelCache(cache));
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new DataException(
          "load the tokenizers library",
          "to copy it out of its jar and to load it",
          String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          "free some disk space or point DEEPSEEK_CACHE to a folder where programs may lie",
          e);
    }
    return TokenizersLibrary.LIB;
  }

  private static void load(Bundle bundle, KernelCache cache) throws IOException {
    Optional<Path> kept = cache.folder(bundle.name(), bundle);
    if (kept.isPresent()) {
      bundle.load(kept.get());
      return;
    }
    Path temporary = Files.createTempDirectory("deepseek-native");
    try {
      bundle.write(temporary);
      bundle.load(temporary);
    } finally {
      // A loaded library stays mapped; only Windows can't delete its file.
      delete(temporary);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is left behind: {1}", folder, e.toString());
    }
  }

  /**
   * The libraries of one platform, in order of their dependencies, and a file of their checksums.
   */
  record Bundle(String name, Map<String, URL> libraries) implements KernelCache.Content {
    private static final String SUMS = "sha256";

    static Bundle of(ClassLoader loader, String platform) {
      Map<String, URL> libraries = new LinkedHashMap<>();
      for (String name : names(platform)) {
        URL url = loader.getResource(ROOT + platform + "/" + name);
        if (url == null) {
          throw new DataException(
              "load the tokenizers library",
              "a build for " + platform,
              "none in the tokenizers jar",
              "run on Linux x86_64 or arm64, macOS arm64 or Windows x86_64");
        }
        libraries.put(name, url);
      }
      return new Bundle(version(loader) + "-" + platform.replace('/', '-'), libraries);
    }

    @Override
    public boolean isWhole(Path folder) {
      try {
        Path sums = folder.resolve(SUMS);
        if (!TrustedFile.isTrusted(sums)) {
          return false;
        }
        List<String> noted = Files.readAllLines(sums);
        int at = 0;
        for (String name : libraries.keySet()) {
          String sum = at < noted.size() ? noted.get(at++) : "";
          if (!TrustedFile.has(folder.resolve(name), sum)) {
            return false;
          }
        }
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void write(Path folder) throws IOException {
      List<String> sums = new ArrayList<>();
      for (Map.Entry<String, URL> library : libraries.entrySet()) {
        try (InputStream in = library.getValue().openStream()) {
          byte[] content = in.readAllBytes();
          sums.add(TrustedFile.sum(content));
          write(folder.resolve(library.getKey()), content);
        }
      }
      write(folder.resolve(SUMS), String.join("\n", sums).getBytes(StandardCharsets.US_ASCII));
    }

    private static void write(Path file, byte[] content) throws IOException {
      try (FileChannel out =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        TrustedFile.closeToOthers(file); // regardless of the umask
        ByteBuffer left = ByteBuffer.wrap(content);
        while (left.hasRemaining()) {
          out.write(left);
        }
        out.force(true);
      }
    }

    // System.load is what binds JNI methods; the path is one this class wrote.
    void load(Path folder) {
      for (String name : libraries.keySet()) {
        System.load(folder.resolve(name).toAbsolutePath().toString());
      }
    }
  }

  private static List<String> names(String platform) {
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
      throw new DataException(
          "load the tokenizers library",
          "its version in its jar",
          String.valueOf(e.getMessage()),
          "get the jar again",
          e);
    }
    return "tokenizers-" + properties.getProperty("version", "unknown");
  }
}
