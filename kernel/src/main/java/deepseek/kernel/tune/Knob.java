package deepseek.kernel.tune;

import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.Weight;
import deepseek.kernel.runtime.CpuFeatures;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/** A number of {@link CpuTuning}, the values to try, and what tells them apart. */
public enum Knob {
  /** Bytes fetched ahead: single rows, whose weights come from memory. */
  AHEAD(
      CpuTuning::ahead,
      CpuTuning::withAhead,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(1),
      512,
      1024,
      2048,
      4096,
      8192),
  /** Blocks side by side: single rows and packed weights, which come from memory. */
  STREAMS(
      CpuTuning::streams,
      CpuTuning::withStreams,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(1),
      2,
      4,
      6,
      8) {
    @Override
    boolean concerns(Weight form) {
      return form.format().isPacked();
    }
  },
  /** Tiles of rows at once: packed weights and many rows. */
  TILES(
      CpuTuning::tiles,
      CpuTuning::withTiles,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(Knob.MANY),
      2,
      4,
      8,
      16) {
    @Override
    boolean concerns(Weight form) {
      return form.format().isPacked();
    }
  },
  /** Chunks of a thread: all products. */
  CHUNKS(
      CpuTuning::chunks,
      CpuTuning::withChunks,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(1, Knob.MANY),
      2,
      4,
      6,
      12,
      24),
  /** Chunks of a thread in an expert's product. */
  EXPERT_CHUNKS(
      CpuTuning::expertChunks,
      CpuTuning::withExpertChunks,
      List.of(ProductWorkload.Kind.EXPERTS),
      List.of(1, Knob.MANY),
      1,
      2,
      4,
      8),
  /** Blocks or rows fetched ahead where most are left out: single rows. */
  SPARSE_AHEAD(
      CpuTuning::sparseAhead,
      CpuTuning::withSparseAhead,
      List.of(
          ProductWorkload.Kind.INPUT_BLOCKS,
          ProductWorkload.Kind.OUTPUTS,
          ProductWorkload.Kind.INPUTS),
      List.of(1),
      2,
      4,
      8,
      16),
  /** Rows of a tile above which AMX multiplies it, on processors that have it: few rows, many. */
  AMX_OVER(
      CpuTuning::amxOver,
      CpuTuning::withAmxOver,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(8, 12, Knob.MANY),
      4,
      8,
      12,
      16) {
    @Override
    boolean isFor(CpuFeatures features) {
      return features.hasTiles();
    }
  };

  private static final int MANY = 256;

  private final ToIntFunction<CpuTuning> get;
  private final BiFunction<CpuTuning, Integer, CpuTuning> with;
  private final List<ProductWorkload.Kind> kinds;
  private final List<Integer> rows;
  private final int[] values;

  Knob(
      ToIntFunction<CpuTuning> get,
      BiFunction<CpuTuning, Integer, CpuTuning> with,
      List<ProductWorkload.Kind> kinds,
      List<Integer> rows,
      int... values) {
    this.get = get;
    this.with = with;
    this.kinds = kinds;
    this.rows = rows;
    this.values = values;
  }

  int of(CpuTuning tuning) {
    return get.applyAsInt(tuning);
  }

  CpuTuning with(CpuTuning tuning, int value) {
    return with.apply(tuning, value);
  }

  boolean concerns(Weight form) {
    return true;
  }

  boolean isFor(CpuFeatures features) {
    return true;
  }

  /** What of a weight counts where it is tried. */
  List<ProductWorkload.Kind> kinds() {
    return kinds;
  }

  /** Rows of activations that it is tried with. */
  List<Integer> rows() {
    return rows;
  }

  /** This number of {@code tuning} first, then the others. */
  List<Integer> candidates(CpuTuning tuning) {
    return IntStream.concat(IntStream.of(of(tuning)), IntStream.of(values))
        .distinct()
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
