package deepseek.kernel.tune;

import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.CpuFeatures;
import java.util.List;
import java.util.stream.IntStream;

/** A constant of {@link CpuTuning}, the values to try, and the workloads that distinguish them. */
public enum Knob {
  /** Prefetch distance: single rows, with weights read from memory. */
  AHEAD(
      CpuTuning.Choice.AHEAD,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(1),
      512,
      1024,
      2048,
      4096,
      8192),
  /** Which weights are also prefetched into L2: single rows, with weights read from memory. */
  FAR(CpuTuning.Choice.FAR, List.of(ProductWorkload.Kind.DENSE), List.of(1), 0, 1, 2),
  /** Concurrent streams of blocks: single rows, with packed weights read from memory. */
  STREAMS(CpuTuning.Choice.STREAMS, List.of(ProductWorkload.Kind.DENSE), List.of(1), 2, 4, 6, 8) {
    @Override
    boolean concerns(WeightOperand form) {
      return form.format().isPacked();
    }
  },
  /** Tiles of rows per block: packed weights and many rows. */
  TILES(
      CpuTuning.Choice.TILES,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(Knob.MANY),
      2,
      4,
      8,
      16) {
    @Override
    boolean concerns(WeightOperand form) {
      return form.format().isPacked();
    }
  },
  /** Chunks per thread: all products. */
  CHUNKS(
      CpuTuning.Choice.CHUNKS,
      List.of(ProductWorkload.Kind.DENSE),
      List.of(1, Knob.MANY),
      2,
      4,
      6,
      12,
      24),
  /** Chunks per thread in an expert's product. */
  EXPERT_CHUNKS(
      CpuTuning.Choice.EXPERT_CHUNKS,
      List.of(ProductWorkload.Kind.EXPERTS),
      List.of(1, Knob.MANY),
      1,
      2,
      4,
      8),
  /** Prefetch distance of sparse products: single rows. */
  SPARSE_AHEAD(
      CpuTuning.Choice.SPARSE_AHEAD,
      List.of(
          ProductWorkload.Kind.INPUT_BLOCKS,
          ProductWorkload.Kind.OUTPUTS,
          ProductWorkload.Kind.INPUTS),
      List.of(1),
      2,
      4,
      8,
      16),
  /** Rows of a tile above which AMX is used, on processors that have it: few rows and many. */
  AMX_OVER(
      CpuTuning.Choice.AMX_OVER,
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

  private final CpuTuning.Choice number;
  private final List<ProductWorkload.Kind> kinds;
  private final List<Integer> rows;
  private final int[] values;

  Knob(
      CpuTuning.Choice number,
      List<ProductWorkload.Kind> kinds,
      List<Integer> rows,
      int... values) {
    this.number = number;
    this.kinds = kinds;
    this.rows = rows;
    this.values = values;
  }

  CpuTuning.Choice number() {
    return number;
  }

  boolean concerns(WeightOperand form) {
    return true;
  }

  boolean isFor(CpuFeatures features) {
    return true;
  }

  /** The kinds of products it is tried on. */
  List<ProductWorkload.Kind> kinds() {
    return kinds;
  }

  /** The numbers of rows it is tried with. */
  List<Integer> rows() {
    return rows;
  }

  /** The value in {@code tuning} first, then the others. */
  List<Integer> candidates(CpuTuning tuning) {
    return IntStream.concat(IntStream.of(tuning.get(number)), IntStream.of(values))
        .distinct()
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    return number.toString();
  }
}
