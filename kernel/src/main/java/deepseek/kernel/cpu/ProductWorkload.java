package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Rows times a random weight, all of which counts or a share, to be timed: each {@link #run} takes
 * the next copy of the weight, so that with enough of them none comes from a cache.
 */
public final class ProductWorkload implements AutoCloseable {
  private static final int LANES = 16;
  private static final int COLUMNS = 64;

  /** What of the weight counts. */
  public enum Kind {
    /** All of it, by the kernel for ordinary products. */
    DENSE,
    /** All of it, by the Vector API; see {@link VectorKernels#isAvailable}. */
    DENSE_IN_JAVA,
    /** Blocks of 16 outputs and 64 inputs; others aren't stored. */
    BLOCKS,
    /** Blocks of 16 outputs. */
    OUTPUT_BLOCKS,
    /** Blocks of 64 inputs, in packed weights: others are zero. */
    INPUT_BLOCKS,
    /** Outputs one by one, the weight stored by rows. */
    OUTPUTS,
    /** Inputs one by one, the weight stored by columns. */
    INPUTS
  }

  /**
   * What is multiplied how.
   *
   * @param form of the weight, wherever it lies
   * @param rows of activations; one where only a share counts
   * @param density which share of the weight counts, 0 to 1
   * @param copies of the weight
   */
  public record Setting(Kind kind, Weight form, int rows, double density, int copies, int threads) {
    public Setting {
      if (rows < 1 || (rows > 1 && kind != Kind.DENSE)) {
        throw new IllegalArgumentException(rows + " rows for " + kind);
      }
    }

    /** All of a weight. */
    public static Setting dense(Weight form, int rows, int copies, int threads) {
      return new Setting(Kind.DENSE, form, rows, 1, copies, threads);
    }

    WeightFormat format() {
      return form.format();
    }

    int out() {
      return Math.toIntExact(form.out());
    }

    int in() {
      return Math.toIntExact(form.in());
    }
  }

  private interface Step {
    void on(long weight);
  }

  private final Arena arena = Arena.ofShared();
  private final List<AutoCloseable> products = new ArrayList<>();
  private final Setting setting;
  private final Random random = new Random(1);
  private final MemorySegment x;
  private final MemorySegment y;
  private final MemorySegment copies;
  private final long copyBytes;
  private final long bytes;
  private final Step step;
  private final Optional<StepProgram> list;
  private int next;

  public ProductWorkload(CpuKernels kernels, Setting setting) {
    this.setting = setting;
    int numbers = setting.rows() * setting.in();
    this.x = arena.allocate(ValueLayout.JAVA_FLOAT, numbers);
    this.y =
        arena.allocate(
            ValueLayout.JAVA_FLOAT, setting.rows() * PackedKernels.wholeBlocks(setting.out()));
    for (int i = 0; i < numbers; i++) {
      x.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    Laid laid =
        switch (setting.kind()) {
          case DENSE -> dense(kernels, kernels);
          case DENSE_IN_JAVA -> dense(kernels, new VectorKernels());
          case BLOCKS -> blocks(kernels);
          case OUTPUT_BLOCKS -> outputBlocks(kernels, chosen(blocksOut(), setting.density()));
          case INPUT_BLOCKS -> inputBlocks(kernels);
          case OUTPUTS -> outputs(kernels);
          case INPUTS -> inputs(kernels);
        };
    this.step = laid.step();
    this.bytes = laid.bytes();
    this.copyBytes = Math.ceilDiv(laid.weight().byteSize(), COLUMNS) * COLUMNS;
    this.copies = arena.allocate(copyBytes * setting.copies(), COLUMNS);
    for (int i = 0; i < setting.copies(); i++) {
      copies.asSlice(i * copyBytes, copyBytes).copyFrom(laid.weight());
    }
    boolean several = setting.kind() == Kind.DENSE && setting.copies() > 1;
    this.list = several ? Optional.of(listed(kernels)) : Optional.empty();
  }

  /** The weight to copy, what a product does, and how many bytes of the weight it reads. */
  private record Laid(MemorySegment weight, long bytes, Step step) {}

  /**
   * Products with all copies in one parallel region, one after the other, as in a decoder's step: a
   * region of its own costs a product more than it costs a step.
   */
  private StepProgram listed(CpuKernels kernels) {
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(1, 1, setting.threads()));
    Rows from = new Rows(x.address(), setting.in(), setting.in(), 0);
    Rows to = planner.rows(setting.out());
    for (int i = 0; i < setting.copies(); i++) {
      Weight own =
          new Weight(
              setting.format(), copies.address() + i * copyBytes, setting.in(), setting.out());
      StepPlanner.Operand operand = planner.operand(from, 0, 0, List.of(own));
      planner.product(
          operand,
          StepPlanner.Then.STORE,
          StepPlanner.Gate.SILU,
          List.of(new StepPlanner.Part(own, own, 0, 0, to)));
    }
    StepProgram program = planner.build();
    products.add(program);
    return program;
  }

  /** Products of one {@link #run}. */
  public int productsPerRun() {
    return list.isPresent() ? setting.copies() : 1;
  }

  /** One product, or one with each copy. */
  public void run() {
    if (list.isPresent()) {
      list.get().run(1, 1);
      return;
    }
    step.on(copies.address() + next * copyBytes);
    next = (next + 1) % setting.copies();
  }

  /** The same product by other kernels, over the same copies in turn; of all of a weight only. */
  public Runnable by(CpuKernels others) {
    if (setting.kind() != Kind.DENSE) {
      throw new IllegalArgumentException("other kernels for " + setting.kind());
    }
    PackedKernels.Product product = others.product(setting.form(), setting.threads());
    products.add(product);
    return () -> {
      product.run(copies.address() + next * copyBytes, x, y, setting.rows());
      next = (next + 1) % setting.copies();
    };
  }

  /** What the last product came to, [rows, out]. */
  public float[] result() {
    float[] all = new float[setting.rows() * setting.out()];
    long apart = PackedKernels.wholeBlocks(setting.out()) * Float.BYTES;
    for (int m = 0; m < setting.rows(); m++) {
      MemorySegment.copy(
          y, ValueLayout.JAVA_FLOAT, m * apart, all, m * setting.out(), setting.out());
    }
    return all;
  }

  /** Bytes of the weight that one product has to read. */
  public long bytes() {
    return bytes;
  }

  private int blocksOut() {
    return Math.ceilDiv(setting.out(), LANES);
  }

  private Laid dense(CpuKernels kernels, PackedKernels multiplying) {
    PackedKernels.Product product = multiplying.product(setting.form(), setting.threads());
    products.add(product);
    MemorySegment weight = weight(kernels);
    return new Laid(weight, weight.byteSize(), at -> product.run(at, x, y, setting.rows()));
  }

  private Laid outputBlocks(CpuKernels kernels, MemorySegment active) {
    SparseProduct product =
        SparseProduct.ofOutputBlocks(kernels, setting.form(), setting.threads());
    products.add(product);
    MemorySegment weight = weight(kernels);
    return new Laid(
        weight,
        weight.byteSize() / active.byteSize() * count(active),
        at -> product.run(at, active, x, y, 1));
  }

  private Laid inputBlocks(CpuKernels kernels) {
    MemorySegment kept = chosen(Math.ceilDiv(setting.in(), COLUMNS), setting.density());
    for (int i = 0; i < setting.in(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i / COLUMNS) == 0) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
      }
    }
    Laid all = outputBlocks(kernels, chosen(blocksOut(), 1));
    return new Laid(all.weight(), all.bytes() / kept.byteSize() * count(kept), all.step());
  }

  private Laid blocks(CpuKernels kernels) {
    int across = Math.ceilDiv(setting.in(), COLUMNS);
    MemorySegment kept = chosen(blocksOut() * across, setting.density());
    long count = count(kept);
    MemorySegment offsets = arena.allocate(ValueLayout.JAVA_LONG, blocksOut() + 1L);
    MemorySegment columns = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, count));
    long at = 0;
    for (int i = 0; i < kept.byteSize(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i) != 0) {
        columns.setAtIndex(ValueLayout.JAVA_LONG, at++, i % across);
      }
      offsets.setAtIndex(ValueLayout.JAVA_LONG, i / across + 1L, at);
    }
    long size = Math.max(1, count) * BlockWeight.blockBytes(setting.format());
    MemorySegment weight = arena.allocate(size, COLUMNS);
    fill(kernels, weight, count * LANES, COLUMNS);
    BlockWeight form = blockWeight(0, offsets, columns);
    SparseProduct product = SparseProduct.ofBlocks(kernels, form, setting.threads());
    products.add(product);
    return new Laid(
        weight,
        size,
        w -> product.run(blockWeight(w, offsets, columns), MemorySegment.NULL, x, y, 1));
  }

  private BlockWeight blockWeight(long address, MemorySegment offsets, MemorySegment columns) {
    return new BlockWeight(
        setting.format(),
        address,
        offsets.address(),
        columns.address(),
        setting.in(),
        setting.out());
  }

  private Laid outputs(CpuKernels kernels) {
    MemorySegment active = chosen(setting.out(), setting.density());
    MemorySegment weight = rows(kernels, setting.out(), setting.in());
    RowWeight form = new RowWeight(setting.format(), 0, setting.in(), setting.out());
    SparseProduct product = SparseProduct.ofOutputs(kernels, form, setting.threads());
    products.add(product);
    return new Laid(
        weight,
        weight.byteSize() / setting.out() * count(active),
        at -> product.run(at, active, x, y, 1));
  }

  private Laid inputs(CpuKernels kernels) {
    MemorySegment kept = chosen(setting.in(), setting.density());
    for (int i = 0; i < setting.in(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i) == 0) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
      }
    }
    MemorySegment weight = rows(kernels, setting.in(), setting.out());
    RowWeight form = new RowWeight(setting.format(), 0, setting.out(), setting.in());
    SparseProduct product = SparseProduct.ofInputs(kernels, form, setting.threads());
    products.add(product);
    return new Laid(
        weight,
        weight.byteSize() / setting.in() * count(kept),
        at -> product.run(at, MemorySegment.NULL, x, y, 1));
  }

  private MemorySegment rows(CpuKernels kernels, int rows, int width) {
    MemorySegment all = arena.allocate(RowWeight.bytes(setting.format(), rows, width), COLUMNS);
    if (!setting.format().isPacked()) {
      fill(kernels, all, rows, width);
      return all;
    }
    try (Arena own = Arena.ofConfined()) {
      MemorySegment row = numbers(own, width);
      RowWeight weight = new RowWeight(setting.format(), all.address(), width, rows);
      for (int n = 0; n < rows; n++) {
        weight.pack(kernels, stored(row.address() - n * width * 4L, width, rows), n, n + 1);
      }
    }
    return all;
  }

  private MemorySegment weight(CpuKernels kernels) {
    MemorySegment all =
        arena.allocate(setting.format().bytes(setting.out(), setting.in()), COLUMNS);
    fill(kernels, all, setting.out(), setting.in());
    return all;
  }

  /** The same sixteen random rows again and again. */
  private void fill(CpuKernels kernels, MemorySegment to, long rows, long width) {
    try (Arena own = Arena.ofConfined()) {
      if (setting.format().isPacked()) {
        MemorySegment row = numbers(own, LANES * width);
        long size = setting.format().bytes(LANES, width);
        for (long b = 0; b < Math.ceilDiv(rows, LANES); b++) {
          kernels.pack(
              stored(row.address(), width, LANES), setting.format(), to.address() + b * size, 0, 1);
        }
        return;
      }
      int bytes = setting.format() == WeightFormat.F32 ? Float.BYTES : Short.BYTES;
      for (long i = 0; i < rows * width; i++) {
        float value = random.nextFloat() - 0.5f;
        short half =
            setting.format() == WeightFormat.F16
                ? Float.floatToFloat16(value)
                : (short) (Float.floatToRawIntBits(value) >>> Short.SIZE);
        if (bytes == Float.BYTES) {
          to.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        } else {
          to.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
      }
    }
  }

  private static CpuKernels.Stored stored(long address, long width, long rows) {
    return new CpuKernels.Stored(0, address, width * Float.BYTES, width, rows, 0);
  }

  private MemorySegment numbers(Arena own, long count) {
    MemorySegment all = own.allocate(ValueLayout.JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return all;
  }

  /** A mask of which exactly this share, rounded, is set, at random. */
  private MemorySegment chosen(int count, double density) {
    MemorySegment mask = arena.allocate(count);
    long wanted = Math.round(count * density);
    for (int i = 0; i < count; i++) {
      boolean taken = random.nextDouble() * (count - i) < wanted;
      mask.set(ValueLayout.JAVA_BYTE, i, (byte) (taken ? 1 : 0));
      wanted -= taken ? 1 : 0;
    }
    return mask;
  }

  private static long count(MemorySegment mask) {
    long count = 0;
    for (long i = 0; i < mask.byteSize(); i++) {
      count += mask.get(ValueLayout.JAVA_BYTE, i);
    }
    return count;
  }

  @Override
  public void close() {
    for (AutoCloseable product : products) {
      try {
        product.close();
      } catch (Exception e) {
        throw new IllegalStateException("products close without ado", e);
      }
    }
    arena.close();
  }
}
