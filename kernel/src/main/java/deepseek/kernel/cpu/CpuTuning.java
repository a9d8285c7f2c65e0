package deepseek.kernel.cpu;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Numbers of the kernels for products whose best values depend on the processor. One set is for all
 * shapes and formats, as the C is compiled with it.
 *
 * @param ahead bytes from what is read of a weight to what is fetched meanwhile: half as far into
 *     the first cache, and into the second twice as far in a plain weight's rows and four times in
 *     a packed one's blocks
 * @param tiles of 16 rows of activations that a block of a weight meets before the next block
 * @param chunks of a product that each thread takes, on average
 * @param expertChunks the same of one expert's
 * @param sparseAhead rows, or blocks, from what a product that leaves out many reads to what is
 *     fetched meanwhile
 * @param amxOver rows of a tile above which AMX multiplies it where there is AMX; 16 leaves it out
 */
public record CpuTuning(
    int ahead, int tiles, int chunks, int expertChunks, int sparseAhead, int amxOver) {
  /** What is right for most processors, and no worse than a few percent for others. */
  public static final CpuTuning USUAL = new CpuTuning(2048, 8, 6, 4, 4, 8);

  private static final Pattern TEXT =
      Pattern.compile(
          "ahead=(\\d{1,6}) tiles=(\\d{1,3}) chunks=(\\d{1,3}) expert-chunks=(\\d{1,3})"
              + " sparse-ahead=(\\d{1,3}) amx-over=(\\d{1,3})");
  private static final int MOST_AHEAD = 1 << 16;
  private static final int MOST = 64;

  public CpuTuning {
    boolean isSmall =
        IntStream.of(tiles, chunks, expertChunks, sparseAhead, amxOver)
            .allMatch(n -> n >= 1 && n <= MOST);
    if (ahead < 0 || ahead > MOST_AHEAD || !isSmall) {
      throw new IllegalArgumentException(
          text(ahead, tiles, chunks, expertChunks, sparseAhead, amxOver));
    }
  }

  public CpuTuning withAhead(int bytes) {
    return new CpuTuning(bytes, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withTiles(int count) {
    return new CpuTuning(ahead, count, chunks, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withChunks(int count) {
    return new CpuTuning(ahead, tiles, count, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withExpertChunks(int count) {
    return new CpuTuning(ahead, tiles, chunks, count, sparseAhead, amxOver);
  }

  public CpuTuning withSparseAhead(int count) {
    return new CpuTuning(ahead, tiles, chunks, expertChunks, count, amxOver);
  }

  public CpuTuning withAmxOver(int rows) {
    return new CpuTuning(ahead, tiles, chunks, expertChunks, sparseAhead, rows);
  }

  /** What {@link #toString} wrote; empty for anything else. */
  static Optional<CpuTuning> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int[] numbers =
        IntStream.rangeClosed(1, matcher.groupCount())
            .map(i -> Integer.parseInt(matcher.group(i)))
            .toArray();
    try {
      return Optional.of(
          new CpuTuning(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What tells the compiler; nothing for the usual numbers, which stand in the source. */
  List<String> compilerFlags() {
    return USUAL.withChunks(chunks).withExpertChunks(expertChunks).equals(this)
        ? List.of()
        : List.of(
            "-DAHEAD=" + ahead,
            "-DTILES_AT_ONCE=" + tiles,
            "-DSPARSE_AHEAD=" + sparseAhead,
            "-DAMX_OVER=" + amxOver);
  }

  private static String text(
      int ahead, int tiles, int chunks, int expertChunks, int sparseAhead, int amxOver) {
    return "ahead=%d tiles=%d chunks=%d expert-chunks=%d sparse-ahead=%d amx-over=%d"
        .formatted(ahead, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }

  @Override
  public String toString() {
    return text(ahead, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }
}
