package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CpuInfo;
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
 * @param streams blocks of a packed weight that a single row meets side by side, an even number
 * @param tiles of 16 rows of activations that a block of a weight meets before the next block
 * @param chunks of a product that each thread takes, on average
 * @param expertChunks the same of one expert's
 * @param sparseAhead rows, or blocks, from what a product that leaves out many reads to what is
 *     fetched meanwhile
 * @param amxOver rows of a tile above which AMX multiplies it where there is AMX; 16 leaves it out
 */
public record CpuTuning(
    int ahead, int streams, int tiles, int chunks, int expertChunks, int sparseAhead, int amxOver) {
  /**
   * What is right for most processors of this one's maker, and no worse than a few percent for
   * others. Memory answers Intel's fastest when four streams are read, AMD's (Zen 3) when two are.
   */
  public static final CpuTuning USUAL = of(CpuInfo.ofThisMachine());

  private static final Pattern TEXT =
      Pattern.compile(
          "ahead=(\\d{1,6}) streams=(\\d{1,3}) tiles=(\\d{1,3}) chunks=(\\d{1,3}) expert-chunks=(\\d{1,3})"
              + " sparse-ahead=(\\d{1,3}) amx-over=(\\d{1,3})");
  private static final int MOST_AHEAD = 1 << 16;
  private static final int MOST = 64;

  public CpuTuning {
    boolean isSmall =
        IntStream.of(streams, tiles, chunks, expertChunks, sparseAhead, amxOver)
            .allMatch(n -> n >= 1 && n <= MOST);
    if (ahead < 0 || ahead > MOST_AHEAD || streams % 2 != 0 || !isSmall) {
      throw new IllegalArgumentException(
          text(ahead, streams, tiles, chunks, expertChunks, sparseAhead, amxOver));
    }
  }

  static CpuTuning of(CpuInfo processor) {
    boolean isAmd = processor.field("vendor_id").filter("AuthenticAMD"::equals).isPresent();
    return new CpuTuning(2048, isAmd ? 2 : 4, 8, 6, 4, 4, 8);
  }

  public CpuTuning withAhead(int bytes) {
    return new CpuTuning(bytes, streams, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withStreams(int count) {
    return new CpuTuning(ahead, count, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withTiles(int count) {
    return new CpuTuning(ahead, streams, count, chunks, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withChunks(int count) {
    return new CpuTuning(ahead, streams, tiles, count, expertChunks, sparseAhead, amxOver);
  }

  public CpuTuning withExpertChunks(int count) {
    return new CpuTuning(ahead, streams, tiles, chunks, count, sparseAhead, amxOver);
  }

  public CpuTuning withSparseAhead(int count) {
    return new CpuTuning(ahead, streams, tiles, chunks, expertChunks, count, amxOver);
  }

  public CpuTuning withAmxOver(int rows) {
    return new CpuTuning(ahead, streams, tiles, chunks, expertChunks, sparseAhead, rows);
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
          new CpuTuning(
              numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What tells the compiler. */
  List<String> compilerFlags() {
    return List.of(
        "-DAHEAD=" + ahead,
        "-DSTREAMS=" + streams,
        "-DTILES_AT_ONCE=" + tiles,
        "-DSPARSE_AHEAD=" + sparseAhead,
        "-DAMX_OVER=" + amxOver);
  }

  private static String text(
      int ahead,
      int streams,
      int tiles,
      int chunks,
      int expertChunks,
      int sparseAhead,
      int amxOver) {
    return "ahead=%d streams=%d tiles=%d chunks=%d expert-chunks=%d sparse-ahead=%d amx-over=%d"
        .formatted(ahead, streams, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }

  @Override
  public String toString() {
    return text(ahead, streams, tiles, chunks, expertChunks, sparseAhead, amxOver);
  }
}
