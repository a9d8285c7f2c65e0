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
 * Tunable constants of the matrix product kernels, whose best values depend on the processor. One
 * set serves all shapes and formats, since the C is compiled with it.
 *
 * @param numbers a value for each constant constant
 */
public record CpuTuning(Map<Choice, Integer> numbers) {

  /** The tunable constants; most are macros in C. */
  public enum Choice {
    /**
     * Prefetch distance in a weight, in bytes: half of it for the L1 cache; for the L2 cache twice
     * as far in the rows of a plain weight and four times as far in the blocks of a packed one.
     */
    AHEAD(2048, 0, 1 << 16, "AHEAD"),
    /** Which weights are also prefetched into the L2 cache: 0 none, 1 those of 4 bits, 2 all. */
    FAR(2, 0, 2, "FAR_AHEAD"),
    /** Blocks of a packed weight that are multiplied by a single row at the same time; even. */
    STREAMS(4, 2, 64, "STREAMS"),
    /** Tiles of 16 rows of activations that are multiplied by one block before the next block. */
    TILES(8, 1, 64, "TILES_AT_ONCE"),
    /** Chunks of a product per thread, on average. */
    CHUNKS(6, 1, 64),
    /** Chunks of one expert's product per thread, on average. */
    EXPERT_CHUNKS(4, 1, 64),
    /** Prefetch distance of sparse products, in rows or blocks. */
    SPARSE_AHEAD(4, 1, 64, "SPARSE_AHEAD"),
    /** AMX multiplies tiles of more rows than this, where there is AMX; 16 disables it. */
    AMX_OVER(8, 1, 64, "AMX_OVER"),
    /**
     * Whether many rows are rounded to bfloat16 before they are multiplied by bfloat16 weights, if
     * the processor has bfloat16 products: 0 no, 1 yes.
     */
    BFLOATS(0, 0, 1, "BFLOATS");

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
   * Defaults by processor vendor, at most a few percent from the best for its other processors.
   * Intel's read memory fastest in four streams with each line prefetched twice, AMD's (Zen 3) in
   * two streams with each line prefetched once.
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
    return isAmd
        ? tuning.with(Choice.FAR, 1).with(Choice.STREAMS, 2).with(Choice.BFLOATS, 1)
        : tuning;
  }

  /** The value of a constant. */
  public int get(Choice number) {
    return Objects.requireNonNull(numbers.get(number));
  }

  /** A copy with one constant changed. */
  public CpuTuning with(Choice number, int value) {
    Map<Choice, Integer> changed = new EnumMap<>(numbers);
    changed.put(number, value);
    return new CpuTuning(changed);
  }

  /** Parses the output of {@link #toString}; empty for anything else. */
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

  /** Compiler flags that define the macros. */
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
