package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepProgram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A decoder's step as one run of the CPU's kernels; {@link PlanBuilder} makes it. Calls from
 * several threads take turns.
 *
 * <p>Throws {@link ComputeException} for what lies outside of the plan, of its caches or of its
 * weights.
 */
public final class Plan implements AutoCloseable {
  private static final String RUN = "run a plan";

  private final StepProgram program;
  private final Map<Object, PlanBuilder.RotaryTables> tables;
  private final List<CacheShape> caches;
  private final Reads reads;
  private final Results results;
  private final List<Product> products;
  private final List<Optional<Cache>> kept;
  private final long[] slots;
  private int rows;
  private int picked;
  private int searches;
  private boolean closed;

  /** What a layer keeps of each token. */
  public enum Kept {
    KEYS_AND_VALUES,
    /** One row from which both are computed. */
    LATENTS
  }

  /**
   * A layer's cache for each sequence: rows [heads, tokens, width] of what is kept.
   *
   * @param keyWidth elements of a key's row, scales included
   * @param valueWidth the same of a value's; of latents both are the one row's
   */
  public record CacheShape(Kept kept, int heads, int keyWidth, int valueWidth, DType dtype) {}

  /**
   * Weights [out, in] of one form that rows are multiplied by.
   *
   * @param format as the kernels name it
   * @param activationBits what the rows are rounded to, where the weight is packed
   */
  public record Product(String format, long out, long in, int activationBits) {}

  /**
   * What a run reads besides the caches.
   *
   * @param vocabulary ids of tokens are below it
   * @param weights what holds them
   */
  record Reads(long vocabulary, List<Tensor> weights) {}

  /** What a run makes: the picked rows' logits, and the largest of them. */
  record Results(Rows logits, LargestOfRows largest) {}

  /** A layer's keys and values for {@code batch} sequences of {@code capacity} tokens. */
  private record Cache(Tensor keys, Tensor values, long batch, long capacity) {}

  Plan(
      StepProgram program,
      Map<Object, PlanBuilder.RotaryTables> tables,
      List<CacheShape> caches,
      Reads reads,
      Results results,
      List<Product> products) {
    this.program = program;
    this.tables = tables;
    this.caches = caches;
    this.reads = reads;
    this.results = results;
    this.products = products;
    this.kept = new ArrayList<>(Collections.nCopies(caches.size(), Optional.empty()));
    this.slots = new long[program.maxRows()];
  }

  /** Most tokens of a run. */
  public int maxTokens() {
    return program.maxRows();
  }

  /** Most rows whose logits one run makes, and most sequences of one token each. */
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

  private static void require(boolean holds, String expected, String got, String remedy) {
    if (!holds) {
      throw new ComputeException(RUN, expected, got, remedy);
    }
  }

  private void requireOpen() {
    require(!closed, "an open plan", "a closed one", "run it before it is closed");
  }

  private static void requirePlace(String what, long place, long end) {
    if (place < 0 || place >= end) {
      throw new ComputeException(
          RUN,
          end > 0 ? what + " from 0 to " + (end - 1) : "a run before its results are asked for",
          String.valueOf(place),
          "ask within the plan's limits");
    }
  }

  private static void requireCount(String what, int count, int most) {
    if (count < 0 || count > most) {
      throw new ComputeException(
          RUN, "0 to " + most + " " + what, String.valueOf(count), "run them in several calls");
    }
  }

  /** Cosines and sines of {@code row}'s position, [width / 2] each. */
  public synchronized void rotary(Object rotary, int row, float[] cosines, float[] sines) {
    requireOpen();
    requirePlace("rows", row, maxTokens());
    require(
        tables.containsKey(rotary),
        "a rotary embedding of the plan",
        "another",
        "take one of rotaries()");
    PlanBuilder.RotaryTables t = Objects.requireNonNull(tables.get(rotary));
    if (cosines.length != t.width() || sines.length != t.width()) {
      throw new ComputeException(
          RUN,
          t.width() + " cosines and sines",
          cosines.length + " and " + sines.length,
          "pass one for each pair that is rotated");
    }
    long at = (long) row * t.width() * Float.BYTES;
    MemorySegment.copy(cosines, 0, t.cosines(), ValueLayout.JAVA_FLOAT, at, t.width());
    MemorySegment.copy(sines, 0, t.sines(), ValueLayout.JAVA_FLOAT, at, t.width());
  }

  /**
   * Where layer {@code index} keeps keys and values [B, K, capacity, H], for latents the same
   * tensor; valid until the next call for this layer, as long as both are open.
   */
  public synchronized void keepAt(int index, Tensor keys, Tensor values) {
    requireOpen();
    requirePlace("layers", index, caches.size());
    CacheShape shape = caches.get(index);
    requireCache(keys, shape, shape.keyWidth());
    requireCache(values, shape, shape.valueWidth());
    require(
        keys.size(0) == values.size(0) && keys.size(2) == values.size(2),
        "keys and values of as many tokens",
        keys.describe() + " and " + values.describe(),
        "make both for one batch and one capacity");
    Cache cache = new Cache(keys, values, keys.size(0), keys.size(2));
    program.keepAt(index, keys.dataAddress(), values.dataAddress(), cache.capacity());
    kept.set(index, Optional.of(cache));
  }

  private static void requireCache(Tensor cache, CacheShape shape, int width) {
    require(
        cache.rank() == 4
            && cache.size(1) == shape.heads()
            && cache.size(3) == width
            && cache.dtype() == shape.dtype()
            && cache.device().type() == Device.Type.CPU
            && cache.isContiguous(),
        "a cache %s[B, %d, capacity, %d] without gaps on the CPU"
            .formatted(shape.dtype().torchName(), shape.heads(), width),
        cache.describe(),
        "use a cache made for this model");
  }

  /** A token of the next call: its id, its place in the cache, the first place it may see. */
  public synchronized void token(int row, long id, long slot, long first) {
    requireOpen();
    requirePlace("rows", row, maxTokens());
    requirePlace("token ids", id, reads.vocabulary());
    if (first < 0 || first > slot) {
      throw new ComputeException(
          RUN,
          "a token that sees itself and places from 0",
          "place " + slot + " that sees from " + first,
          "check the padding");
    }
    slots[row] = slot;
    program.token(row, id, slot, first);
  }

  /** Runs {@code batch} sequences of {@code length} tokens each, and logits of the rows picked. */
  public synchronized void run(int batch, int length, int... picks) {
    requireOpen();
    require(
        batch > 0 && length > 0 && (long) batch * length <= maxTokens(),
        "1 to " + maxTokens() + " tokens",
        batch + " times " + length,
        "run them in several calls");
    requireCount("sequences of one token", length == 1 ? batch : 0, maxPicked());
    requirePicks(batch * length, picks);
    requireMemory(batch, batch * length);
    rows = batch * length;
    picked = 0;
    program.run(batch, length, picks);
    picked = picks.length;
  }

  /** Logits of other rows of the last call. */
  public synchronized void runPicked(int... picks) {
    requireOpen();
    requirePicks(rows, picks);
    requireWeights();
    program.runPicked(picks);
    picked = picks.length;
  }

  private void requirePicks(int all, int... picks) {
    requireCount("picked rows", picks.length, maxPicked());
    for (int pick : picks) {
      requirePlace("rows", pick, all);
    }
  }

  private void requireWeights() {
    for (Tensor weight : reads.weights()) {
      weight.look(RUN);
    }
  }

  /** What the kernels will read and write must still be there, and large enough. */
  private void requireMemory(int batch, int count) {
    requireWeights();
    long capacity = Long.MAX_VALUE;
    for (Optional<Cache> layer : kept) {
      require(layer.isPresent(), "a cache for every layer", "none for one", "call keepAt first");
      Cache cache = layer.get();
      cache.keys().look(RUN);
      cache.values().look(RUN);
      if (batch > cache.batch()) {
        throw new ComputeException(
            RUN,
            "at most " + cache.batch() + " sequences, as the cache has",
            String.valueOf(batch),
            "make a cache for this batch");
      }
      capacity = Math.min(capacity, cache.capacity());
    }
    for (int row = 0; row < count; row++) {
      requirePlace("places in the cache", slots[row], capacity);
    }
  }

  /** The first {@code count} picked rows' logits, FLOAT32 [count, V]. */
  public synchronized Tensor logits(int count) {
    requireOpen();
    requireCount("rows, as many as were picked", count, picked);
    long width = results.logits().width();
    Tensor out = Tensor.empty(DType.FLOAT32, Device.CPU, count, width);
    MemorySegment to = out.memory("logits");
    for (int row = 0; row < count; row++) {
      MemorySegment.copy(logitsAt(row), 0, to, row * width * Float.BYTES, width * Float.BYTES);
    }
    return out;
  }

  private MemorySegment logitsAt(int row) {
    Rows logits = results.logits();
    return MemorySegment.ofAddress(logits.address() + row * logits.stride() * Float.BYTES)
        .reinterpret(logits.width() * Float.BYTES);
  }

  /**
   * Has the runs to come find the {@code count} largest logits of each picked row; 0: none. What
   * was found before can't be read any more.
   *
   * @param count at most {@link LargestLogits#MOST}
   */
  public synchronized LargestLogits findLargest(int count) {
    requireOpen();
    requireCount("largest logits", count, LargestLogits.MOST);
    results.largest().want(count);
    picked = 0;
    return new LargestLogits(this, ++searches);
  }

  /** Throws unless the plan's last run made this row's results for this search. */
  private void requireFound(int search, int row) {
    requireOpen();
    require(
        search == searches,
        "the largest logits of the last step",
        "those of a step before it",
        "read them before the next step");
    requirePlace("picked rows", row, picked);
  }

  synchronized int[] largestIds(int search, int row) {
    requireFound(search, row);
    int[] ids = new int[results.largest().count()];
    for (int rank = 0; rank < ids.length; rank++) {
      ids[rank] = results.largest().id(row, rank);
    }
    return ids;
  }

  synchronized float[] largestValues(int search, int row) {
    requireFound(search, row);
    float[] values = new float[results.largest().count()];
    for (int rank = 0; rank < values.length; rank++) {
      values[rank] = results.largest().value(row, rank);
    }
    return values;
  }

  /** One picked row's logits [V]. */
  synchronized float[] logitsOf(int search, int row) {
    requireFound(search, row);
    float[] out = new float[Math.toIntExact(results.logits().width())];
    MemorySegment.copy(logitsAt(row), ValueLayout.JAVA_FLOAT, 0, out, 0, out.length);
    return out;
  }

  /** Frees the plan's own memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      program.close();
    }
  }
}
