package deepseek.kernel.cpu;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers of the kernels for products whose best values depend on the processor. One set is for all
 * shapes and formats, as the C is compiled with it.
 *
 * @param ahead bytes from what is read of a plain weight to what is fetched meanwhile; of a packed
 *     one half as far and four times
 * @param tiles of 16 rows of activations that a block of a weight meets before the next block
 * @param chunks of a product that each thread takes, on average
 */
public record CpuTuning(int ahead, int tiles, int chunks) {
  /** What is right for most processors, and no worse than a few percent for others. */
  public static final CpuTuning USUAL = new CpuTuning(2048, 8, 6);

  private static final Pattern TEXT =
      Pattern.compile("ahead=(\\d{1,6}) tiles=(\\d{1,3}) chunks=(\\d{1,3})");
  private static final int MOST_AHEAD = 1 << 16;
  private static final int MOST = 64;

  public CpuTuning {
    if (ahead < 0
        || ahead > MOST_AHEAD
        || tiles < 1
        || tiles > MOST
        || chunks < 1
        || chunks > MOST) {
      throw new IllegalArgumentException(
          "ahead " + ahead + ", tiles " + tiles + ", chunks " + chunks);
    }
  }

  /** What {@link #toString} wrote; empty for anything else. */
  static Optional<CpuTuning> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new CpuTuning(
              Integer.parseInt(matcher.group(1)),
              Integer.parseInt(matcher.group(2)),
              Integer.parseInt(matcher.group(3))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What tells the compiler; nothing for the usual numbers, which stand in the source. */
  List<String> compilerFlags() {
    return ahead == USUAL.ahead && tiles == USUAL.tiles
        ? List.of()
        : List.of("-DAHEAD=" + ahead, "-DTILES_AT_ONCE=" + tiles);
  }

  @Override
  public String toString() {
    return "ahead=" + ahead + " tiles=" + tiles + " chunks=" + chunks;
  }
}
