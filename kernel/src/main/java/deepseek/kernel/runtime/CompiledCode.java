package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * C code as a shared library, compiled once for a source, its flags, the compiler and the
 * processor.
 *
 * <p>An entry is {@code <key>.so} beside {@code <key>.sha256}, written last: a library that does
 * not have the hash written there (cut short, tampered with) is built again. Entries come by
 * rename, so that any number of processes may build the same one. The folder is the user's alone;
 * where it can't be written, the library is built in a temporary one.
 */
public final class CompiledCode {
  private static final System.Logger LOG = System.getLogger(CompiledCode.class.getName());

  private final Path folder;
  private final CCompiler compiler;

  public CompiledCode(Path folder, CCompiler compiler) {
    this.folder = folder;
    this.compiler = compiler;
  }

  /** {@code kernels} in {@code $DEEPSEEK_CACHE}, or where caches belong on this system. */
  public static Path defaultFolder() {
    String own = System.getenv("DEEPSEEK_CACHE");
    if (own != null && !own.isBlank()) {
      return Path.of(own, "kernels");
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    Path base =
        caches != null && !caches.isBlank()
            ? Path.of(caches)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("deepseek").resolve("kernels");
  }

  /**
   * The library of this source, compiled if it isn't there yet.
   *
   * @throws KernelException when the compiler refuses it
   */
  public Path library(String name, String source, List<String> flags) {
    String key =
        name + "-" + hash(String.join("\n", source, String.join(" ", flags), compiler.version()));
    try {
      Path home = privateFolder();
      Path library = home.resolve(key + ".so");
      if (isWhole(library)) {
        return library;
      }
      return build(home, key, name, source, flags);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "kernels are compiled again by each process: the cache {0} can''t be used ({1})",
          folder,
          e.getMessage());
      return inTemporaryFolder(key, name, source, flags);
    }
  }

  private Path inTemporaryFolder(String key, String name, String source, List<String> flags) {
    try {
      Path home = Files.createTempDirectory("deepseek-kernels");
      Path library = build(home, key, name, source, flags);
      for (Path file : List.of(library, hashFile(library), home)) {
        file.toFile().deleteOnExit();
      }
      return library;
    } catch (IOException e) {
      throw new KernelException(
          "compile a kernel",
          "a folder to write to",
          String.valueOf(e.getMessage()),
          "free some space, or set DEEPSEEK_CACHE",
          e);
    }
  }

  private Path privateFolder() throws IOException {
    Files.createDirectories(folder);
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    return folder;
  }

  private static boolean isWhole(Path library) throws IOException {
    Path expected = hashFile(library);
    if (!Files.isRegularFile(library) || !Files.isRegularFile(expected)) {
      return false;
    }
    boolean same = Files.readString(expected).strip().equals(hash(Files.readAllBytes(library)));
    if (!same) {
      LOG.log(System.Logger.Level.WARNING, "{0} is damaged and is built again", library);
    }
    return same;
  }

  private static Path hashFile(Path library) {
    String name = library.getFileName().toString();
    return library.resolveSibling(name.substring(0, name.length() - ".so".length()) + ".sha256");
  }

  private Path build(Path home, String key, String name, String source, List<String> flags)
      throws IOException {
    long since = System.nanoTime();
    LOG.log(System.Logger.Level.INFO, "compiling {0} for this processor, once ...", name);
    Path work = Files.createTempDirectory(home, "build");
    Path code = work.resolve(name + ".c");
    Path made = work.resolve(name + ".so");
    Path sum = work.resolve(name + ".sha256");
    try {
      Files.writeString(code, source);
      compiler.compile(code, made, flags);
      byte[] bytes = Files.readAllBytes(made);
      Files.writeString(sum, hash(bytes));
      flush(made);
      flush(sum);
      Path library = home.resolve(key + ".so");
      Files.move(made, library, StandardCopyOption.ATOMIC_MOVE);
      Files.move(sum, hashFile(library), StandardCopyOption.ATOMIC_MOVE);
      LOG.log(
          System.Logger.Level.DEBUG,
          "compiled {0} in {1} ms",
          library,
          (System.nanoTime() - since) / 1_000_000);
      return library;
    } finally {
      for (Path file : List.of(code, made, sum, work)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void flush(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static String hash(String text) {
    return hash(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
