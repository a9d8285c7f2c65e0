package deepseek.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A memory-mapped file, shared by the reader that opened it and all users of its bytes.
 *
 * <p>Pages are read from the file when first accessed, so opening costs no memory. The file is
 * unmapped after {@link #close} and the end of the last user, whichever comes last. A file that is
 * truncated while it is mapped crashes the process: replace model files by renaming a new file over
 * them, as all writers here do.
 */
public final class Mapping implements AutoCloseable {
  /** The expected access to a range of pages. */
  public enum Advice {
    /** Read once from front to back. */
    SEQUENTIAL,
    /** Read soon: start read-ahead now. */
    WILL_NEED,
    /** Not read for a while: the memory may be reclaimed. */
    DONT_NEED
  }

  private final Path path;
  private final Arena arena;
  private final MemorySegment segment;
  private final AtomicInteger users = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private Mapping(Path path, Arena arena, MemorySegment segment) {
    this.path = path;
    this.arena = arena;
    this.segment = segment;
  }

  /**
   * Maps a regular file.
   *
   * @throws DataException if the file doesn't exist or can't be read
   */
  @SuppressWarnings("MustBeClosedChecker") // closed by the last user: see drop
  public static Mapping open(Path path) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      MemorySegment segment = size == 0 ? MemorySegment.NULL : map(path, channel, size, arena);
      LfsPointer.refuse("open " + path, segment);
      return new Mapping(path, arena, segment);
    } catch (DataException e) {
      arena.close();
      throw e;
    } catch (NoSuchFileException e) {
      arena.close();
      throw new DataException(
          "open " + path, "a file", "nothing there", "check the path, or fetch the model again", e);
    } catch (IOException e) {
      arena.close();
      throw DataException.ofFile(
          "open " + path, "a readable file", "check that it is a file and that you may read it", e);
    }
  }

  private static MemorySegment map(Path path, FileChannel channel, long size, Arena arena)
      throws IOException {
    Optional<MemorySegment> mapped =
        Posix.system().flatMap(system -> system.mapPrivately(path, size, arena));
    return mapped.isPresent()
        ? mapped.get()
        : channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
  }

  /** The file's path. */
  public Path path() {
    return path;
  }

  /** The file's name for error messages. */
  public String fileName() {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }

  /** The whole file. */
  public MemorySegment segment() {
    if (closed.get()) {
      throw new DataException(
          "read " + fileName(), "an open file", "a closed one", "open it again");
    }
    return segment;
  }

  /** The file's size in bytes. */
  public long size() {
    return segment.byteSize();
  }

  /**
   * Advises the system of the access to a range of bytes (madvise). Returns immediately; may have
   * no effect.
   */
  public void advise(Advice advice, long offset, long length) {
    MemorySegment all = segment();
    if (length > 0) {
      Posix.system().ifPresent(system -> advise(system, all, advice, offset, length));
    }
  }

  private static void advise(
      Posix system, MemorySegment all, Advice advice, long offset, long length) {
    long page = system.pageSize();
    long end = offset + length;
    // Whole pages only; releasing pages must not affect neighbouring data in the first or last one.
    boolean inward = advice == Advice.DONT_NEED;
    long from = (inward ? offset + page - 1 : offset) / page * page;
    long to = Math.min((inward ? end : end + page - 1) / page * page, all.byteSize());
    if (from < to) {
      system.advise(all.asSlice(from, to - from), advice);
    }
  }

  /**
   * Adds a user of the file's bytes: they stay mapped until the returned action is run, which must
   * happen exactly once.
   */
  public Runnable share() {
    users.incrementAndGet();
    return this::drop;
  }

  /** Maps a file for a reader; if the reader throws, the file is unmapped. */
  public static <R> R open(Path path, Function<Mapping, R> reader) {
    Mapping mapping = open(path);
    try {
      return reader.apply(mapping);
    } catch (RuntimeException e) {
      mapping.close();
      throw e;
    }
  }

  private void drop() {
    if (users.decrementAndGet() == 0) {
      arena.close();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      drop();
    }
  }
}
