package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CpuInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Numbers of the kernels for products whose best values depend on the processor. One set is for all
 * shapes and formats, as the C is compiled with it.
 *
 * @param numbers a value for each
 */
public record CpuTuning(Map<Choice, Integer> numbers) {

  /** What there is to choose; most are macros of the C. */
  public enum Choice {
    /**
     * Bytes from what is read of a weight to what is fetched meanwhile: half as far into the first
     * cache, and into the second twice as far in a plain weight's rows and four times in a packed
     * one's blocks.
     */
    AHEAD(2048, 0, 1 << 16, "AHEAD"),
    /** Which weights are fetched into the second cache, too: 0 none, 1 those of 4 bits, 2 all. */
    FAR(2, 0, 2, "FAR_AHEAD"),
    /** Blocks of a packed weight that a single row meets side by side, an even number. */
    STREAMS(4, 2, 64, "STREAMS"),
    /** Tiles of 16 rows of activations that a block of a weight meets before the next block. */
    TILES(8, 1, 64, "TILES_AT_ONCE"),
    /** Chunks of a product that each thread takes, on average. */
    CHUNKS(6, 1, 64),
    /** The same of one expert's. */
    EXPERT_CHUNKS(4, 1, 64),
    /**
     * Rows, or blocks, from what a product that leaves out many reads to what is fetched meanwhile.
     */
    SPARSE_AHEAD(4, 1, 64, "SPARSE_AHEAD"),
    /** Rows of a tile above which AMX multiplies it where there is AMX; 16 leaves it out. */
    AMX_OVER(8, 1, 64, "AMX_OVER");

    private final int usual;
    private final int least;
    private final int most;
    private final Optional<String> macro;

    Choice(int usual, int least, int most) {
      this(usual, least, most, Optional.empty());
    }

    Choice(int usual, int least, int most, String macro) {
      this(usual, least, most, Optional.of(macro));
    }

    Choice(int usual, int least, int most, Optional<String> macro) {
      this.usual = usual;
      this.least = least;
      this.most = most;
      this.macro = macro;
    }

    private boolean takes(int value) {
      return value >= least && value <= most && (this != STREAMS || value % 2 == 0);
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * What is right for most processors of this one's maker, and no worse than a few percent for
   * others. Memory answers Intel's fastest when four streams are read and each line is asked for
   * twice, AMD's (Zen 3) when two are, and once.
   */
  public static final CpuTuning USUAL = of(CpuInfo.ofThisMachine());

  public CpuTuning {
    numbers = Collections.unmodifiableMap(new EnumMap<>(numbers));
    for (Choice number : Choice.values()) {
      Integer value = numbers.get(number);
      if (value == null || !number.takes(value)) {
        throw new IllegalArgumentException(number + "=" + value);
      }
    }
  }

  static CpuTuning of(CpuInfo processor) {
    Map<Choice, Integer> usual = new EnumMap<>(Choice.class);
    for (Choice number : Choice.values()) {
      usual.put(number, number.usual);
    }
    CpuTuning tuning = new CpuTuning(usual);
    boolean isAmd = processor.field("vendor_id").filter("AuthenticAMD"::equals).isPresent();
    return isAmd ? tuning.with(Choice.FAR, 1).with(Choice.STREAMS, 2) : tuning;
  }

  public int get(Choice number) {
    return Objects.requireNonNull(numbers.get(number));
  }

  /** The same but for one. */
  public CpuTuning with(Choice number, int value) {
    Map<Choice, Integer> changed = new EnumMap<>(numbers);
    changed.put(number, value);
    return new CpuTuning(changed);
  }

  /** What {@link #toString} wrote; empty for anything else. */
  static Optional<CpuTuning> parse(String text) {
    Map<Choice, Integer> found = new EnumMap<>(Choice.class);
    List<String> words = List.of(text.split(" ", -1));
    for (Choice number : Choice.values()) {
      String name = number + "=";
      words.stream()
          .filter(word -> word.startsWith(name))
          .map(word -> word.substring(name.length()))
          .filter(value -> value.matches("\\d{1,6}"))
          .forEach(value -> found.put(number, Integer.parseInt(value)));
    }
    try {
      return Optional.of(new CpuTuning(found)).filter(tuning -> tuning.toString().equals(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What tells the compiler. */
  List<String> compilerFlags() {
    List<String> flags = new ArrayList<>();
    numbers.forEach(
        (number, value) -> number.macro.ifPresent(name -> flags.add("-D" + name + "=" + value)));
    return flags;
  }

  @Override
  public String toString() {
    return Stream.of(Choice.values())
        .map(number -> number + "=" + get(number))
        .collect(Collectors.joining(" "));
  }
}
