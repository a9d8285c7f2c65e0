package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One forward pass over L new tokens after {@code past} ones: their positions, who may look at
 * whom, and the rotary tables, each made once for all layers and freed with the step.
 */
public final class Step implements AutoCloseable {
  private final int numNew;
  private final int past;
  private final Optional<KvCache> cache;
  private final Device device;
  // INT64 [B or 1, L]: each token's position in its text; padding has position 0.
  private final Tensor positions;
  private final Map<Integer, Tensor> masks = new HashMap<>();
  private final Map<RotaryEmbedding, RotaryEmbedding.Tables> rotary = new HashMap<>();

  private Step(int numNew, Optional<KvCache> cache, Device device) {
    Checks.require(
        "run decoder", numNew > 0, "at least 1 token", String.valueOf(numNew), "pass some");
    this.numNew = numNew;
    this.cache = cache;
    this.past = cache.map(KvCache::length).orElse(0);
    this.device = device;
    this.positions = makePositions();
  }

  /** New tokens that follow what {@code cache} holds. */
  public static Step after(KvCache cache, int numNew, Device device) {
    cache.requireRoom(numNew);
    return new Step(numNew, Optional.of(cache), device);
  }

  /** Whole sequences at once, nothing kept. */
  public static Step whole(int length, Device device) {
    return new Step(length, Optional.empty(), device);
  }

  /** Tokens seen when this step ends, S. */
  public int total() {
    return past + numNew;
  }

  /** Tokens of the text that rotary frequencies follow. */
  private int textLength() {
    return cache.map(c -> c.textLength(numNew)).orElse(numNew);
  }

  /**
   * Where layer {@code index} keeps this step's tokens; it keeps nothing after a step without a
   * cache.
   */
  public LayerCache layer(int index) {
    return cache.map(c -> c.layer(index)).orElse(LayerCache.NONE);
  }

  private boolean padded() {
    return cache.isPresent() && cache.get().isPadded();
  }

  private Tensor makePositions() {
    try (var scope = Scope.open()) {
      Tensor row = Tensor.arange(past, past + numNew, device).reshape(1, numNew);
      return (padded() ? row.sub(paddingColumn()).clampMin(0) : row).own();
    }
  }

  private Tensor paddingColumn() {
    KvCache c = cache.orElseThrow();
    long[] column = new long[c.batch()];
    for (int b = 0; b < column.length; b++) {
      column[b] = c.padding(b);
    }
    return Tensor.of(column, column.length, 1).to(device);
  }

  /** The cosines and sines of this step's positions, in {@code dtype}. */
  RotaryEmbedding.Tables rotary(RotaryEmbedding embedding, DType dtype) {
    return rotary.computeIfAbsent(
        embedding,
        e -> {
          try (var scope = Scope.open()) {
            RotaryEmbedding.Tables tables = e.tables(positions, textLength(), dtype);
            tables.own().own();
            tables.partner().own();
            return tables;
          }
        });
  }

  private boolean windowed(int window) {
    return window > 0 && total() > window;
  }

  private boolean needsMask(int window) {
    return padded() || past > 0 || windowed(window);
  }

  /**
   * BOOL [B or 1, 1, L, S]: true where a new token may look. Every token may look at itself, so
   * that padding has a finite result.
   */
  private Tensor mask(int window) {
    return masks.computeIfAbsent(
        windowed(window) ? window : 0,
        reach -> {
          try (var scope = Scope.open()) {
            return makeMask(reach).own();
          }
        });
  }

  private Tensor makeMask(int reach) {
    Tensor queries = Tensor.arange(past, total(), device).reshape(numNew, 1);
    Tensor keys = Tensor.arange(0, total(), device).reshape(1, total());
    Tensor allowed = keys.le(queries);
    if (reach > 0) {
      allowed = allowed.logicalAnd(keys.gt(queries.sub(reach)));
    }
    allowed = allowed.reshape(1, 1, numNew, total());
    if (!padded()) {
      return allowed;
    }
    Tensor text = keys.reshape(1, 1, 1, total()).ge(paddingColumn().reshape(-1, 1, 1, 1));
    Tensor itself = keys.eq(queries).reshape(1, 1, numNew, total());
    return allowed.logicalAnd(text).logicalOr(itself);
  }

  /**
   * Attention of q [B, N, L, H] over k, v [B, K, S, H], within the last {@code window} tokens (0:
   * all of them): [B, N, L, Hv].
   */
  public Tensor attend(Tensor q, Tensor k, Tensor v, double scale, int window) {
    if (numNew == 1) {
      return attendByOne(q, k, v, scale, window);
    }
    return needsMask(window)
        ? q.attention(k, v, mask(window), scale)
        : q.causalAttention(k, v, scale);
  }

  /** The heads that share a key are its rows, so that no key is repeated. */
  private Tensor attendByOne(Tensor q, Tensor k, Tensor v, double scale, int window) {
    Tensor rows = q.reshape(q.size(0), k.size(1), -1, q.size(3));
    Tensor seen;
    if (padded()) {
      seen = rows.attention(k, v, mask(window), scale);
    } else if (windowed(window)) {
      int from = total() - window;
      seen = rows.attention(k.narrow(2, from, window), v.narrow(2, from, window), scale);
    } else {
      seen = rows.attention(k, v, scale);
    }
    return seen.reshape(q.size(0), q.size(1), 1, v.size(3));
  }

  @Override
  public void close() {
    positions.close();
    masks.values().forEach(Tensor::close);
    rotary
        .values()
        .forEach(
            tables -> {
              tables.own().close();
              tables.partner().close();
            });
  }
}
