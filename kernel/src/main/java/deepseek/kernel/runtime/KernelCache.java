package deepseek.kernel.runtime;

import deepseek.Environment;
import deepseek.kernel.KernelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cache on disk of compiled code, shared between processes: C libraries, cubins, OpenCL programs,
 * SPIR-V.
 *
 * <p>An entry is {@code <key>.<suffix>} next to {@code <key>.sha256}, which is written last: one
 * that doesn't match that hash (truncated, tampered with), or that another user owns, is made
 * again. Entries are renamed into place, so any number of threads and processes may make the same
 * one. Only the user may access the folder; a read-only one is read, and missing entries go to a
 * temporary folder.
 */
public final class KernelCache {
  private static final System.Logger LOG = System.getLogger(KernelCache.class.getName());
  private static final Set<Path> COMPLAINED = ConcurrentHashMap.newKeySet();

  // Disk space for one entry, checked first because compilers report a full disk in their own
  // words.
  private static final long LEAST_ROOM = 4L << 20;
  private static final String WORK = "build";
  private static final long ABANDONED_MILLIS = 24 * 3600 * 1000L;

  private final Path folder;
  private final AtomicInteger made = new AtomicInteger();
  private @Nullable Path temporary;

  /** A cache in {@code folder}, which is created when needed. */
  public KernelCache(Path folder) {
    this.folder = folder;
  }

  /** {@code kernels} in {@code $DEEPSEEK_CACHE}, or in the system's usual cache directory. */
  public static KernelCache ofUser() {
    return new KernelCache(Environment.ofProcess().ownCache().resolve("kernels"));
  }

  /**
   * What an entry depends on.
   *
   * @param name of the kernel, for people who look into the folder
   * @param suffix of the file, such as cubin
   * @param parts source, flags, compiler, device: everything that affects the result
   */
  public record Key(String name, String suffix, List<String> parts) {
    private String stem() {
      StringBuilder all = new StringBuilder();
      for (String part : parts) {
        all.append(part.length()).append(':').append(part);
      }
      return name + "-" + hash(all.toString());
    }

    private String file() {
      return stem() + "." + suffix;
    }

    private String sum() {
      return stem() + ".sha256";
    }
  }

  /** Creates a file; temporary files may be written next to it. */
  @FunctionalInterface
  interface Maker {
    void make(Path file) throws IOException;
  }

  /** The number of cache misses so far. */
  public int made() {
    return made.get();
  }

  /**
   * The entry's file, made on a cache miss.
   *
   * @throws KernelException from the maker, or if no folder is writable
   */
  Path file(Key key, Maker maker) {
    try {
      Access access = access();
      if (access != Access.NONE && isWhole(folder, key)) {
        return folder.resolve(key.file());
      }
      if (access == Access.WRITE) {
        requireRoom();
        sweep();
        return make(folder, key, maker);
      }
      complain(access);
    } catch (IOException | UnsupportedOperationException e) {
      complain(String.valueOf(e));
    }
    return inTemporaryFolder(key, maker);
  }

  /** Checks whether a folder is complete, and creates its content. */
  public interface Content {
    /** Whether the folder is complete. */
    boolean isWhole(Path folder);

    /** Writes the complete content into an empty folder. */
    void write(Path folder) throws IOException;
  }

  /** A folder of files that are created together; empty if it is missing and can't be written. */
  public Optional<Path> folder(String name, Content content) {
    try {
      Access access = access();
      Path wanted = folder.resolve(name);
      if (access != Access.NONE && content.isWhole(wanted)) {
        return Optional.of(wanted);
      }
      if (access == Access.WRITE) {
        made.incrementAndGet();
        Path work = Files.createTempDirectory(folder, WORK);
        try {
          Path files = Files.createDirectory(work.resolve(name));
          content.write(files);
          deleteAll(wanted);
          Files.move(files, wanted, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
          if (!content.isWhole(wanted)) { // otherwise another process was faster
            throw e;
          }
        } finally {
          deleteAll(work);
        }
        return Optional.of(wanted);
      }
      complain(access);
    } catch (IOException | UnsupportedOperationException e) {
      complain(String.valueOf(e));
    }
    return Optional.empty();
  }

  /**
   * A folder that no other user can write to, for libraries that unpack themselves: in the cache,
   * or a temporary one.
   *
   * @throws KernelException if no folder is writable
   */
  public Path closedFolder(String name) {
    try {
      Access access = access();
      if (access == Access.WRITE) {
        return closed(folder.resolve(name));
      }
      complain(access);
    } catch (IOException | UnsupportedOperationException e) {
      complain(String.valueOf(e));
    }
    try {
      return closed(temporaryFolder().resolve(name));
    } catch (IOException e) {
      throw nowhere("unpack a library", e);
    }
  }

  /** An existing folder is used only if it is ours and no other user can write to it. */
  private static Path closed(Path wanted) throws IOException {
    if (Files.exists(wanted, LinkOption.NOFOLLOW_LINKS)
        && (!Files.isDirectory(wanted, LinkOption.NOFOLLOW_LINKS)
            || TrustedFile.owner(wanted) != TrustedFile.Owner.SELF
            || TrustedFile.isOpen(wanted))) {
      deleteAll(wanted);
    }
    if (Files.notExists(wanted)) {
      Files.createDirectories(wanted);
      TrustedFile.closeToOthers(wanted);
    }
    return wanted;
  }

  private static KernelException nowhere(String operation, IOException cause) {
    return new KernelException(
        operation,
        "a folder to write to",
        String.valueOf(cause.getMessage()),
        "free some space, or set DEEPSEEK_CACHE",
        cause);
  }

  /**
   * Passes the entry's bytes to {@code user} and returns its result. If it rejects cached bytes,
   * they are made again; bytes that it rejects aren't cached.
   */
  public <T> T use(Key key, Supplier<byte[]> maker, Function<byte[], T> user) {
    Optional<byte[]> kept = kept(key);
    if (kept.isPresent()) {
      try {
        return user.apply(kept.get());
      } catch (KernelException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is not taken any more and is made again: {1}",
            key.file(),
            e.getMessage());
      }
    }
    made.incrementAndGet();
    byte[] bytes = maker.get();
    T result = user.apply(bytes);
    keep(key, bytes);
    return result;
  }

  /** The entry's bytes, if it is cached and intact. */
  public Optional<byte[]> kept(Key key) {
    try {
      if (access() != Access.NONE) {
        return content(folder, key);
      }
    } catch (IOException e) {
      complain(String.valueOf(e));
    }
    return Optional.empty();
  }

  /** Stores an entry, replacing an older one; a failure is logged. */
  public void keep(Key key, byte[] bytes) {
    try {
      Access access = access();
      if (access == Access.WRITE) {
        put(folder, key, file -> Files.write(file, bytes));
      } else {
        complain(access);
      }
    } catch (IOException | UnsupportedOperationException e) {
      complain(String.valueOf(e));
    }
  }

  private void complain(Access access) {
    complain(
        access == Access.READ
            ? "it can only be read"
            : "it belongs to somebody else, or others may write to it");
  }

  private void complain(String reason) {
    if (COMPLAINED.add(folder)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "each process makes its native code anew: the cache {0} can''t be written ({1});"
              + " set DEEPSEEK_CACHE to a folder of your own",
          folder,
          reason);
    }
  }

  private enum Access {
    NONE,
    READ,
    WRITE
  }

  /** Code is loaded only from where no one but the user and the system's owner can write. */
  private Access access() throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      TrustedFile.closeToOthers(folder);
    }
    TrustedFile.Owner owner = TrustedFile.owner(folder);
    boolean isOpen = TrustedFile.isOpen(folder);
    if (owner == TrustedFile.Owner.SELF) {
      if (isOpen) {
        TrustedFile.closeToOthers(folder);
        forgetAll();
      }
      return Access.WRITE;
    }
    return owner == TrustedFile.Owner.SYSTEM && !isOpen ? Access.READ : Access.NONE;
  }

  /** Deletes all entries, because others who could write here may have planted code. */
  private void forgetAll() throws IOException {
    LOG.log(
        System.Logger.Level.WARNING,
        "others could write to the cache {0}: it is closed to them, and all in it is made again",
        folder);
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        deleteAll(entry);
      }
    }
  }

  private static boolean isWhole(Path home, Key key) throws IOException {
    return content(home, key).isPresent();
  }

  private static Optional<byte[]> content(Path home, Key key) throws IOException {
    Path file = home.resolve(key.file());
    Path sum = home.resolve(key.sum());
    if (!Files.exists(file) || !TrustedFile.isTrusted(sum)) {
      return Optional.empty();
    }
    String noted = new String(Files.readAllBytes(sum), StandardCharsets.ISO_8859_1).strip();
    Optional<byte[]> content = TrustedFile.content(file, noted);
    if (content.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} is damaged or somebody else''s and is made again",
          file);
    }
    return content;
  }

  private Path make(Path home, Key key, Maker maker) throws IOException {
    long since = System.nanoTime();
    made.incrementAndGet();
    Path file = put(home, key, maker);
    LOG.log(
        System.Logger.Level.DEBUG,
        "made {0} in {1} ms",
        file,
        (System.nanoTime() - since) / 1_000_000);
    return file;
  }

  private void requireRoom() throws IOException {
    FileStore disk = Files.getFileStore(folder);
    long room = disk.getUsableSpace();
    // Some file systems don't report their size.
    if (disk.getTotalSpace() > 0 && room < LEAST_ROOM) {
      throw new IOException("its disk has room for " + room + " bytes");
    }
  }

  /** Deletes temporary files of killed processes. */
  private void sweep() throws IOException {
    long since = System.currentTimeMillis() - ABANDONED_MILLIS;
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, WORK + "*")) {
      for (Path work : left) {
        if (Files.getLastModifiedTime(work, LinkOption.NOFOLLOW_LINKS).toMillis() < since) {
          deleteAll(work);
        }
      }
    }
  }

  private static Path put(Path home, Key key, Maker maker) throws IOException {
    Path work = Files.createTempDirectory(home, WORK);
    try {
      Path made = work.resolve(key.name() + "." + key.suffix());
      Path sum = work.resolve(key.name() + ".sha256");
      maker.make(made);
      Files.writeString(sum, TrustedFile.sum(Files.readAllBytes(made)));
      TrustedFile.closeToOthers(made); // regardless of the umask
      TrustedFile.closeToOthers(sum);
      flush(made);
      flush(sum);
      Path file = home.resolve(key.file());
      moveTo(file, made);
      moveTo(home.resolve(key.sum()), sum);
      return file;
    } finally {
      deleteAll(work);
    }
  }

  private static void moveTo(Path target, Path made) throws IOException {
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      deleteAll(target);
    }
    Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path inTemporaryFolder(Key key, Maker maker) {
    try {
      Path home = temporaryFolder();
      if (isWhole(home, key)) {
        return home.resolve(key.file());
      }
      return make(home, key, maker);
    } catch (IOException e) {
      throw nowhere("compile a kernel", e);
    }
  }

  private synchronized Path temporaryFolder() throws IOException {
    Path home = temporary;
    if (home == null) {
      home = Files.createTempDirectory("deepseek-kernels");
      temporary = home;
      Path made = home;
      // Also removes what an interrupted compiler leaves behind.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(made)));
    }
    return home;
  }

  private static void deleteQuietly(Path folder) {
    try {
      deleteAll(folder);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} stays: {1}", folder, e);
    }
  }

  private static void deleteAll(Path work) throws IOException {
    if (Files.notExists(work, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(work)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void flush(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  static String hash(String text) {
    return TrustedFile.sum(text.getBytes(StandardCharsets.UTF_8));
  }
}
