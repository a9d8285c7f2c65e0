package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepProgram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A decoder's step as one run of the CPU's kernels; {@link PlanBuilder} makes it. One thread at a
 * time may use it.
 */
public final class Plan implements AutoCloseable {
  private final StepProgram program;
  private final Map<Object, PlanBuilder.Turning> tables;
  private final List<CacheShape> caches;
  private final Rows logits;
  private final LargestOfRows largest;
  private final List<Product> products;

  /** What a layer keeps of each token. */
  public enum Kept {
    KEYS_AND_VALUES,
    /** One row that stands for both. */
    LATENTS
  }

  /**
   * A layer's cache for each sequence: rows [heads, tokens, width] of what is kept.
   *
   * @param keyWidth elements of a key's row, scales included
   * @param valueWidth the same of a value's; of latents both stand for the one row
   */
  public record CacheShape(Kept kept, int heads, int keyWidth, int valueWidth, DType dtype) {}

  /**
   * Weights [out, in] of one form that rows are multiplied by.
   *
   * @param format as the kernels name it
   * @param activationBits what the rows are rounded to, where the weight is packed
   */
  public record Product(String format, long out, long in, int activationBits) {}

  Plan(
      StepProgram program,
      Map<Object, PlanBuilder.Turning> tables,
      List<CacheShape> caches,
      Rows logits,
      LargestOfRows largest,
      List<Product> products) {
    this.program = program;
    this.tables = tables;
    this.caches = caches;
    this.logits = logits;
    this.largest = largest;
    this.products = products;
  }

  public int maxTokens() {
    return program.maxRows();
  }

  public int maxPicked() {
    return program.maxPicked();
  }

  /** The layers' caches in the order of {@link PlanBuilder#attention}. */
  public List<CacheShape> caches() {
    return caches;
  }

  /** Each form of weights once. */
  public List<Product> products() {
    return products;
  }

  /** What {@link PlanBuilder#attention} was given as rotary embeddings. */
  public Set<Object> rotaries() {
    return tables.keySet();
  }

  /** Cosines and sines of {@code row}'s position, [width / 2] each. */
  public void turning(Object rotary, int row, float[] cosines, float[] sines) {
    PlanBuilder.Turning t = tables.get(rotary);
    if (t == null || cosines.length != t.width() || sines.length != t.width()) {
      throw new IllegalArgumentException(cosines.length + " cosines");
    }
    long at = (long) row * t.width() * Float.BYTES;
    MemorySegment.copy(cosines, 0, t.cosines(), ValueLayout.JAVA_FLOAT, at, t.width());
    MemorySegment.copy(sines, 0, t.sines(), ValueLayout.JAVA_FLOAT, at, t.width());
  }

  /**
   * Where layer {@code index} keeps keys and values [B, K, capacity, H], for latents the same
   * tensor; valid until said again.
   */
  public void keepAt(int index, Tensor keys, Tensor values) {
    if (!keys.isContiguous() || !values.isContiguous()) {
      throw new IllegalArgumentException("a cache with gaps");
    }
    program.keepAt(index, keys.dataAddress(), values.dataAddress(), keys.size(2));
  }

  /** A token of the next call: its id, its place in the cache, the first place it may see. */
  public void token(int row, long id, long slot, long first) {
    program.token(row, id, slot, first);
  }

  /** Runs {@code batch} sequences of {@code length} tokens each, and logits of the rows picked. */
  public void run(int batch, int length, int... picks) {
    program.run(batch, length, picks);
  }

  /** Logits of other rows of the last call. */
  public void runPicked(int... picks) {
    program.runPicked(picks);
  }

  /** The first {@code count} picked rows' logits, FLOAT32 [count, V]. */
  public Tensor logits(int count) {
    Tensor out = Tensor.empty(DType.FLOAT32, Device.CPU, count, logits.width());
    MemorySegment to = out.memory("logits");
    long bytes = logits.width() * Float.BYTES;
    MemorySegment from =
        MemorySegment.ofAddress(logits.address())
            .reinterpret(count * logits.stride() * Float.BYTES);
    for (int row = 0; row < count; row++) {
      MemorySegment.copy(from, row * logits.stride() * Float.BYTES, to, row * bytes, bytes);
    }
    return out;
  }

  /** One picked row's logits [V]. */
  float[] logitsOf(int row) {
    float[] out = new float[Math.toIntExact(logits.width())];
    MemorySegment from =
        MemorySegment.ofAddress(logits.address() + row * logits.stride() * Float.BYTES)
            .reinterpret(out.length * (long) Float.BYTES);
    MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 0, out, 0, out.length);
    return out;
  }

  /**
   * Has the runs to come find the {@code count} largest logits of each picked row; 0: none.
   *
   * @param count at most {@link LargestLogits#MOST}
   */
  public LargestLogits findLargest(int count) {
    largest.want(count);
    return new LargestLogits(this, largest);
  }

  @Override
  public void close() {
    program.close();
  }
}
