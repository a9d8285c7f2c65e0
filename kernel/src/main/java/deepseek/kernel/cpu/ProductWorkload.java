package deepseek.kernel.cpu;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.FreeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * A benchmark of rows times a random weight, dense or sparse. Each {@link #run} reads the next copy
 * of the weight, so that with enough copies none is read from a CPU cache.
 */
public final class ProductWorkload implements AutoCloseable {
  private static final int LANES = 16;
  private static final int COLUMNS = 64;

  /** More bytes than any CPU cache holds. */
  public static final long COLD_BYTES = 600L << 20;

  /** The kind of product: dense, or which part of the weight it skips. */
  public enum Kind {
    /** All of it, by the kernel for ordinary products. */
    DENSE,
    /** All of it, by the Vector API; see {@link VectorKernels#isAvailable}. */
    DENSE_IN_JAVA,
    /** Block-sparse: blocks of 16 outputs and 64 inputs, the others aren't stored. */
    BLOCKS,
    /** A mask over blocks of 16 outputs. */
    OUTPUT_BLOCKS,
    /** Packed weights, with x zero in some blocks of 64 inputs. */
    INPUT_BLOCKS,
    /** A mask over single outputs, the weight stored by rows. */
    OUTPUTS,
    /** Single inputs are zero, the weight stored by columns. */
    INPUTS,
    /**
     * Four of many experts per row, whose gate and up weights have the given shape and whose down
     * weight has the transposed one.
     */
    EXPERTS;

    /** Whether the product may skip part of the weight. */
    public boolean isSparse() {
      return switch (this) {
        case DENSE, DENSE_IN_JAVA, EXPERTS -> false;
        case BLOCKS, OUTPUT_BLOCKS, INPUT_BLOCKS, OUTPUTS, INPUTS -> true;
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Whether there are kernels for it in this format. */
    public boolean has(WeightFormat format) {
      return switch (this) {
        case INPUT_BLOCKS, DENSE_IN_JAVA -> format.isPacked();
        case OUTPUTS, INPUTS -> RowWeight.has(format);
        case DENSE, BLOCKS, OUTPUT_BLOCKS, EXPERTS -> true;
      };
    }
  }

  /**
   * One benchmark case.
   *
   * @param form of the weight; its address is ignored
   * @param rows of activations; 1 for sparse products
   * @param density the share of the weight that is used, 0 to 1
   * @param copies of the weight, or experts
   */
  public record Setting(
      Kind kind, WeightOperand form, int rows, double density, int copies, int threads) {
    public Setting {
      if (rows < 1 || (rows > 1 && kind != Kind.DENSE && kind != Kind.EXPERTS)) {
        throw new IllegalArgumentException(rows + " rows for " + kind);
      }
      if (kind == Kind.EXPERTS && experts(copies) != copies) {
        throw new IllegalArgumentException(copies + " experts");
      }
    }

    /** A dense product. */
    public static Setting dense(WeightOperand form, int rows, int copies, int threads) {
      return new Setting(Kind.DENSE, form, rows, 1, copies, threads);
    }

    /** With enough copies to fill {@code bytes}; an expert has three weights. */
    public static Setting of(
        Kind kind, WeightOperand form, int rows, double density, long bytes, int threads) {
      long weight = bytesApart(bytesOf(form));
      int copies =
          kind == Kind.EXPERTS
              ? experts(ProductWorkload.copies(1, weight, Math.ceilDiv(bytes, 3L)))
              : ProductWorkload.copies(rows, weight, bytes);
      return new Setting(kind, form, rows, density, copies, threads);
    }

    private static int experts(int wanted) {
      return Math.clamp(wanted, MixtureOfCopies.CHOSEN, ExpertPlanner.MOST_EXPERTS);
    }

    /**
     * Bytes of activations, results, the weight and its copies; a double, so that it can't
     * overflow.
     */
    public double bytes() {
      double share = kind == Kind.BLOCKS ? density : 1;
      double weight = share * (kind == Kind.EXPERTS ? 3.0 : 1) * bytesApart(bytesOf(form));
      double widths = (double) form.in() + Math.max(form.in(), form.out());
      return (copies + 1.0) * weight + Float.BYTES * rows * widths;
    }

    /**
     * Checks that this machine has the memory.
     *
     * @throws KernelException if it doesn't
     */
    public void requireMemory() {
      FreeMemory.require(
          "time products with " + form.format() + " weights " + form.out() + "x" + form.in(),
          bytes(),
          "choose a smaller shape");
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

  /** The number of weights that fill {@code bytes}; 1 for many rows, which reuse the weight. */
  public static int copies(int rows, long weight, long bytes) {
    return rows > 1 ? 1 : Math.toIntExact(Math.ceilDiv(bytes, weight));
  }

  private static long bytesOf(WeightOperand form) {
    return form.format().bytes(form.out(), form.in());
  }

  /** Distance between copies, in whole cache lines. */
  private static long bytesApart(long weight) {
    return Math.ceilDiv(weight, COLUMNS) * COLUMNS;
  }

  private interface Step {
    void on(long weight);
  }

  /** Creates the product with given kernels. */
  private interface Maker {
    Step with(CpuKernels kernels);
  }

  private final Arena arena = Arena.ofShared();
  private final List<AutoCloseable> products = new ArrayList<>();
  private final Setting setting;
  private final RandomWeights random;
  private final MemorySegment x;
  private final MemorySegment y;
  private final MemorySegment copies;
  private final long copyBytes;
  private final long bytes;
  private final Maker maker;
  private final CpuKernels kernels;
  private Optional<Runnable> own = Optional.empty();
  private int next;

  /**
   * Allocates and fills the weights.
   *
   * @throws KernelException if this machine lacks the memory
   */
  public ProductWorkload(CpuKernels kernels, Setting setting) {
    setting.requireMemory();
    this.kernels = kernels;
    this.setting = setting;
    long numbers = (long) setting.rows() * setting.in();
    this.random = new RandomWeights(kernels, setting.format(), arena);
    this.x = random.numbers(numbers);
    this.y =
        arena.allocate(
            ValueLayout.JAVA_FLOAT, setting.rows() * SparseProduct.wholeGroups(resultWidth()));
    Laid laid =
        switch (setting.kind()) {
          case DENSE -> dense(each -> each);
          case DENSE_IN_JAVA -> dense(each -> VectorKernels.started());
          case BLOCKS -> blocks();
          case OUTPUT_BLOCKS -> outputBlocks(random.chosen(blocksOut(), setting.density()));
          case INPUT_BLOCKS -> inputBlocks();
          case OUTPUTS -> outputs();
          case INPUTS -> inputs();
          case EXPERTS -> experts();
        };
    this.maker = laid.maker();
    this.bytes = laid.bytes();
    this.copyBytes = bytesApart(laid.weight().byteSize());
    this.copies = arena.allocate(copyBytes * setting.copies(), COLUMNS);
    for (int i = 0; i < setting.copies(); i++) {
      copies.asSlice(i * copyBytes, copyBytes).copyFrom(laid.weight());
    }
  }

  private boolean isListed() {
    return setting.kind() == Kind.DENSE && setting.copies() > 1;
  }

  /** The weight to copy, what a product does, and how many bytes of the weight it reads. */
  private record Laid(MemorySegment weight, long bytes, Maker maker) {}

  /**
   * Products with all copies in one parallel region, one after the other, as in a decoder's step:
   * starting a region for each product would dominate the time.
   */
  private Runnable listed() {
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(1, 1, setting.threads()));
    Rows from = new Rows(x.address(), setting.in(), setting.in(), 0);
    Rows to = planner.rows(setting.out());
    for (int i = 0; i < setting.copies(); i++) {
      WeightOperand own =
          new WeightOperand(
              setting.format(), copies.address() + i * copyBytes, setting.in(), setting.out());
      StepPlanner.Operand operand = planner.operand(from, 0, 0, List.of(own));
      planner.product(
          operand,
          StepPlanner.Then.STORE,
          Gate.SILU,
          List.of(new StepPlanner.Part(own, own, 0, 0, to)));
    }
    StepProgram program = planner.build();
    products.add(program);
    return () -> program.run(1, 0);
  }

  /** Products of one {@link #run}. */
  public int productsPerRun() {
    return isListed() ? setting.copies() : 1;
  }

  /** One product, or one with each copy. */
  public void run() {
    if (own.isEmpty()) {
      own = Optional.of(isListed() ? listed() : inTurn(maker.with(kernels)));
    }
    own.get().run();
  }

  /** The same benchmark with other kernels, over the same copies. */
  public Runnable by(CpuKernels others) {
    if (setting.kind() == Kind.DENSE_IN_JAVA) {
      throw new IllegalArgumentException("compiled kernels for " + setting.kind());
    }
    return inTurn(maker.with(others));
  }

  private Runnable inTurn(Step step) {
    int taken = setting.kind() == Kind.EXPERTS ? MixtureOfCopies.CHOSEN : 1;
    return () -> {
      step.on(copies.address() + next * copyBytes);
      next = (next + taken) % setting.copies();
    };
  }

  private int resultWidth() {
    return setting.kind() == Kind.EXPERTS ? setting.in() : setting.out();
  }

  /** The result of the last product, [rows, outputs]. */
  public float[] result() {
    int width = resultWidth();
    float[] all = new float[setting.rows() * width];
    long apart = PackedKernels.wholeBlocks(width) * Float.BYTES;
    for (int m = 0; m < setting.rows(); m++) {
      MemorySegment.copy(y, ValueLayout.JAVA_FLOAT, m * apart, all, m * width, width);
    }
    return all;
  }

  /** Bytes of the weight that one product reads. */
  public long bytes() {
    return bytes;
  }

  private int blocksOut() {
    return Math.ceilDiv(setting.out(), LANES);
  }

  private Laid dense(Function<CpuKernels, PackedKernels> multiplying) {
    MemorySegment weight = random.blocks(setting.out(), setting.in());
    return new Laid(
        weight,
        weight.byteSize(),
        with -> {
          PackedKernels.Product product =
              multiplying.apply(with).product(setting.form(), setting.threads());
          products.add(product);
          return at -> product.run(at, x, y, setting.rows());
        });
  }

  private Laid outputBlocks(MemorySegment active) {
    MemorySegment weight = random.blocks(setting.out(), setting.in());
    return new Laid(
        weight,
        weight.byteSize() / active.byteSize() * RandomWeights.count(active),
        masked(
            with -> SparseProduct.ofOutputBlocks(with, setting.form(), setting.threads()), active));
  }

  /** Sparse products of the whole weight with a mask, or NULL. */
  private Maker masked(Function<CpuKernels, SparseProduct> making, MemorySegment active) {
    return kernels -> {
      SparseProduct product = making.apply(kernels);
      products.add(product);
      return at -> product.run(at, active, x, y, 1);
    };
  }

  private Laid inputBlocks() {
    MemorySegment kept = random.chosen(Math.ceilDiv(setting.in(), COLUMNS), setting.density());
    for (int i = 0; i < setting.in(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i / COLUMNS) == 0) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
      }
    }
    Laid all = outputBlocks(random.chosen(blocksOut(), 1));
    return new Laid(
        all.weight(), all.bytes() / kept.byteSize() * RandomWeights.count(kept), all.maker());
  }

  private Laid blocks() {
    long across = Math.ceilDiv(setting.in(), COLUMNS);
    MemorySegment kept = random.chosen(blocksOut() * across, setting.density());
    long count = RandomWeights.count(kept);
    MemorySegment offsets = arena.allocate(ValueLayout.JAVA_LONG, blocksOut() + 1L);
    MemorySegment columns = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, count));
    long at = 0;
    for (long i = 0; i < kept.byteSize(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i) != 0) {
        columns.setAtIndex(ValueLayout.JAVA_LONG, at++, i % across);
      }
      offsets.setAtIndex(ValueLayout.JAVA_LONG, i / across + 1, at);
    }
    long size = Math.max(1, count) * BlockWeight.blockBytes(setting.format());
    MemorySegment weight = arena.allocate(size, COLUMNS);
    random.fill(weight, count * LANES, COLUMNS);
    BlockWeight form = blockWeight(0, offsets, columns);
    return new Laid(
        weight,
        size,
        with -> {
          SparseProduct product = SparseProduct.ofBlocks(with, form, setting.threads());
          products.add(product);
          return w -> product.run(blockWeight(w, offsets, columns), MemorySegment.NULL, x, y, 1);
        });
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

  private Laid outputs() {
    MemorySegment active = random.chosen(setting.out(), setting.density());
    MemorySegment weight = random.rows(setting.out(), setting.in());
    RowWeight form = new RowWeight(setting.format(), 0, setting.in(), setting.out());
    return new Laid(
        weight,
        weight.byteSize() / setting.out() * RandomWeights.count(active),
        masked(with -> SparseProduct.ofOutputs(with, form, setting.threads()), active));
  }

  private Laid inputs() {
    MemorySegment kept = random.chosen(setting.in(), setting.density());
    for (int i = 0; i < setting.in(); i++) {
      if (kept.get(ValueLayout.JAVA_BYTE, i) == 0) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
      }
    }
    MemorySegment weight = random.rows(setting.in(), setting.out());
    RowWeight form = new RowWeight(setting.format(), 0, setting.out(), setting.in());
    return new Laid(
        weight,
        weight.byteSize() / setting.in() * RandomWeights.count(kept),
        masked(with -> SparseProduct.ofInputs(with, form, setting.threads()), MemorySegment.NULL));
  }

  private Laid experts() {
    long across = setting.format().bytes(setting.out(), setting.in());
    long back = setting.format().bytes(setting.in(), setting.out());
    MemorySegment expert = arena.allocate(2 * across + back, COLUMNS);
    random.fill(expert.asSlice(0, across), setting.out(), setting.in());
    random.fill(expert.asSlice(across, across), setting.out(), setting.in());
    random.fill(expert.asSlice(2 * across, back), setting.in(), setting.out());
    return new Laid(
        expert,
        MixtureOfCopies.CHOSEN * expert.byteSize(),
        with -> {
          MixtureOfCopies mixture =
              new MixtureOfCopies(with, setting, x, y, copies.address(), copyBytes);
          products.add(mixture);
          return mixture::run;
        });
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
