package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One forward pass over new tokens: of a batch of whole sequences [B, L], or of several sequences
 * one after another [1, L], each after what its cache holds. Has their positions, what each attends
 * to, and the rotary tables, each made once for all layers and freed with the step.
 */
public final class Step implements AutoCloseable {
  private final Device device;
  private final List<Part> parts = new ArrayList<>();
  private final Map<RotaryEmbedding, RotaryEmbedding.Tables> rotary = new HashMap<>();

  private Step(Device device) {
    this.device = device;
  }

  /** New tokens of several sequences, in turn. */
  public static Step after(List<Span> spans, Device device) {
    Step step = new Step(device);
    for (Span span : spans) {
      step.add(span.ids().length, span.cache());
    }
    return step;
  }

  /** {@code numNew} tokens of one sequence. */
  public static Step after(KvCache cache, int numNew, Device device) {
    Step step = new Step(device);
    step.add(numNew, cache);
    return step;
  }

  /** Whole sequences at once, nothing kept. */
  public static Step whole(int length, Device device) {
    requireTokens(length);
    Step step = new Step(device);
    step.add(length, Optional.empty());
    return step;
  }

  private static void requireTokens(int count) {
    Checks.require(
        "run decoder", count > 0, "at least 1 token", String.valueOf(count), "pass some");
  }

  private void add(int count, KvCache cache) {
    requireTokens(count);
    cache.requireRoom(count);
    add(count, Optional.of(cache));
  }

  private void add(int count, Optional<KvCache> cache) {
    int begin = parts.isEmpty() ? 0 : parts.getLast().begin + parts.getLast().numNew;
    parts.add(new Part(begin, count, cache));
  }

  /**
   * Where layer {@code index} keeps this step's tokens; it keeps nothing after a step without a
   * cache.
   */
  public LayerCache layer(int index) {
    return (part, slot, newTokens) ->
        part.cache.map(c -> c.append(index, slot, newTokens)).orElse(newTokens);
  }

  /** What is computed of each part's rows. */
  interface PartOf {
    Tensor of(Part part, List<Tensor> rows);
  }

  /** Runs {@code f} on each part of {@code rows} [B, n, L, h], and joins what it gives there. */
  Tensor byPart(PartOf f, Tensor... rows) {
    if (parts.size() == 1) {
      return f.of(parts.getFirst(), List.of(rows));
    }
    List<Tensor> results = new ArrayList<>();
    for (Part part : parts) {
      List<Tensor> own = new ArrayList<>();
      for (Tensor all : rows) {
        own.add(all.narrow(2, part.begin, part.numNew));
      }
      results.add(f.of(part, own));
    }
    return Tensor.cat(results, 2);
  }

  /** The cosines and sines of this step's positions, in {@code dtype}. */
  RotaryEmbedding.Tables rotary(RotaryEmbedding embedding, DType dtype) {
    return rotary.computeIfAbsent(
        embedding,
        e -> {
          try (var scope = Scope.open()) {
            List<RotaryEmbedding.Tables> tables =
                parts.stream().map(part -> part.tables(e, dtype)).toList();
            return new RotaryEmbedding.Tables(
                Tensor.cat(tables.stream().map(RotaryEmbedding.Tables::own).toList(), 2).own(),
                Tensor.cat(tables.stream().map(RotaryEmbedding.Tables::partner).toList(), 2).own());
          }
        });
  }

  /** The new tokens of one sequence, or of a batch of whole ones. */
  public final class Part {
    private final int begin;
    private final int numNew;
    private final int past;
    private final Optional<KvCache> cache;
    private final Map<Integer, Tensor> masks = new HashMap<>();

    private Part(int begin, int numNew, Optional<KvCache> cache) {
      this.begin = begin;
      this.numNew = numNew;
      this.cache = cache;
      this.past = cache.map(KvCache::length).orElse(0);
    }

    /** New tokens, L. */
    int numNew() {
      return numNew;
    }

    /** Tokens seen when this step ends, S. */
    private int total() {
      return past + numNew;
    }

    /** Tokens of the text that rotary frequencies follow. */
    private int textLength() {
      return cache.map(c -> c.textLength(numNew)).orElse(numNew);
    }

    private RotaryEmbedding.Tables tables(RotaryEmbedding embedding, DType dtype) {
      Tensor positions = Tensor.arange(past, total(), device).reshape(1, numNew);
      return embedding.tables(positions, textLength(), dtype);
    }

    private boolean windowed(int window) {
      return window > 0 && total() > window;
    }

    /** BOOL [1, 1, L, S]: true where a new token may look. */
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
      return allowed.reshape(1, 1, numNew, total());
    }

    /**
     * Attention of q [B, N, L, H] over k, v [B, K, S, H], within the last {@code window} tokens (0:
     * all of them): [B, N, L, Hv].
     */
    Tensor attend(Tensor q, Tensor k, Tensor v, double scale, int window) {
      if (numNew == 1) {
        return attendByOne(q, k, v, scale, window);
      }
      return past > 0 || windowed(window)
          ? q.attention(k, v, mask(window), scale)
          : q.causalAttention(k, v, scale);
    }

    /** The heads that share a key are its rows, so that no key is repeated. */
    private Tensor attendByOne(Tensor q, Tensor k, Tensor v, double scale, int window) {
      Tensor rows = q.reshape(q.size(0), k.size(1), -1, q.size(3));
      Tensor seen;
      if (windowed(window)) {
        int from = total() - window;
        seen = rows.attention(k.narrow(2, from, window), v.narrow(2, from, window), scale);
      } else {
        seen = rows.attention(k, v, scale);
      }
      return seen.reshape(q.size(0), q.size(1), 1, v.size(3));
    }
  }

  @Override
  public void close() {
    parts.forEach(part -> part.masks.values().forEach(Tensor::close));
    rotary
        .values()
        .forEach(
            tables -> {
              tables.own().close();
              tables.partner().close();
            });
  }
}
