package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Keys and values of the tokens seen so far, for all layers of one batch of sequences. Memory grows
 * by doubling up to {@code capacity} tokens and is freed by {@link #close}.
 *
 * <p>{@link #length} counts the tokens whose step has ended; {@link #truncate} forgets the newest.
 */
public final class KvCache implements AutoCloseable {
  private static final int FIRST_ROOM = 256;

  private final int batch;
  private final int capacity;
  private final List<Layer> layers = new ArrayList<>();
  private final int[] padding;
  private int length;
  private int announced;

  /** {@code padding[b]} tokens at the left of row b are not text. */
  public KvCache(int numLayers, int capacity, int... padding) {
    this.batch = padding.length;
    this.capacity = capacity;
    this.padding = padding.clone();
    for (int i = 0; i < numLayers; i++) {
      layers.add(new Layer());
    }
  }

  public int batch() {
    return batch;
  }

  /** Tokens kept per row, padding included. */
  public int length() {
    return length;
  }

  int padding(int row) {
    return padding[row];
  }

  boolean isPadded() {
    return Arrays.stream(padding).anyMatch(p -> p > 0);
  }

  int leastPadding() {
    return Arrays.stream(padding).min().orElse(0);
  }

  public LayerCache layer(int index) {
    return layers.get(index);
  }

  /**
   * Layer {@code index}'s kept keys or values [B, n, room, h] with room for {@code newTokens} more,
   * made if there are none yet; valid until room runs out.
   */
  Tensor room(int index, LayerCache.Slot slot, int newTokens, DType dtype, long heads, long width) {
    return layers.get(index).room(slot, newTokens, dtype, heads, width);
  }

  /** Counts {@code newTokens} as seen, once every layer has appended them. */
  public void advance(int newTokens) {
    length += newTokens;
  }

  /**
   * Says that the next tokens come in parts, {@code newTokens} in all: what depends on a text's
   * length, as some rotary frequencies do, then follows the whole's from the first part on.
   */
  public void announce(int newTokens) {
    announced = Math.max(announced, length + newTokens);
  }

  /** Tokens of the longest text, without its padding, when {@code newTokens} have joined it. */
  int textLength(int newTokens) {
    return Math.max(length + newTokens, announced) - leastPadding();
  }

  /** Forgets all but the first {@code newLength} tokens. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new NnException(
          "truncate cache", "0 to " + length + " tokens", newLength + "", "keep what is there");
    }
    length = newLength;
    announced = 0;
  }

  void requireRoom(int newTokens) {
    if (length + newTokens > capacity) {
      throw new NnException(
          "run decoder",
          "at most " + capacity + " tokens in all",
          length + " seen and " + newTokens + " new",
          "shorten the prompt or ask for fewer new tokens");
    }
  }

  @Override
  public void close() {
    layers.forEach(Layer::close);
    length = 0;
    announced = 0;
  }

  private final class Layer implements LayerCache {
    private final Map<Slot, Tensor> kept = new EnumMap<>(Slot.class);

    Tensor room(Slot slot, int newTokens, DType dtype, long heads, long width) {
      int end = length + newTokens;
      Tensor store = kept.get(slot);
      return store == null || store.size(2) < end
          ? grow(slot, dtype, Device.CPU, heads, width, end)
          : store;
    }

    @Override
    public Tensor append(Slot slot, Tensor newTokens) {
      int end = length + (int) newTokens.size(2);
      Tensor store = kept.get(slot);
      if (store == null || store.size(2) < end) {
        store =
            grow(
                slot,
                newTokens.dtype(),
                newTokens.device(),
                newTokens.size(1),
                newTokens.size(3),
                end);
      }
      try (var scope = Scope.open()) {
        store.narrow(2, length, newTokens.size(2)).copyFrom(newTokens);
      }
      return store.narrow(2, 0, end);
    }

    private Tensor grow(Slot slot, DType dtype, Device device, long heads, long width, int needed) {
      int room = Math.max(FIRST_ROOM, Integer.highestOneBit(Math.max(1, needed - 1)) * 2);
      int size = Math.max(needed, Math.min(capacity, room));
      try (var scope = Scope.open()) {
        Tensor old = kept.get(slot);
        Tensor bigger =
            old == null
                ? Tensor.empty(dtype, device, batch, heads, size, width)
                : old.grown(2, size);
        kept.put(slot, bigger.own());
        if (old != null) {
          old.close();
        }
        return bigger;
      }
    }

    void close() {
      kept.values().forEach(Tensor::close);
      kept.clear();
    }
  }
}
