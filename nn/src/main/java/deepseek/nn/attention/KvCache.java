package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.PagePool;
import deepseek.compute.PageTable;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Keys and values of the tokens of one sequence that were seen so far, for all layers: in pages of
 * a plan, or in a tensor for each layer. Memory grows with the sequence and is freed by {@link
 * #close}.
 *
 * <p>{@link #length} counts the tokens whose step has ended; {@link #truncate} forgets the newest,
 * {@link #fork} is another sequence with the same beginning. Pages that all windows have left are
 * given back as the sequence grows. A decoder holds the cache's monitor during a step, so that it
 * is closed and changed only between steps. Throws {@link NnException} when used after {@link
 * #close}, by a second decoder, or beyond its capacity.
 */
public final class KvCache implements AutoCloseable {
  private static final int FIRST_ROOM = 256;
  private static final String MAKE = "make a cache";
  private static final String USE = "use a cache";

  private final int capacity;
  private final List<Layer> layers = new ArrayList<>();
  private Optional<PageTable> pages = Optional.empty();
  private int length;
  private int announced;
  private Optional<Object> user = Optional.empty();
  private LongAdder memory = new LongAdder();
  private boolean closed;

  /** For a sequence of at most {@code capacity} tokens. */
  public KvCache(int numLayers, int capacity) {
    Checks.require(
        MAKE,
        numLayers > 0 && capacity > 0,
        "layers and a capacity of at least 1 token",
        numLayers + " layers, " + capacity + " tokens",
        "pass the model's number of layers and the tokens to be kept");
    this.capacity = capacity;
    for (int i = 0; i < numLayers; i++) {
      layers.add(new Layer());
    }
  }

  /** Tokens kept. */
  public int length() {
    return length;
  }

  /** Layers that it keeps tokens of. */
  public int numLayers() {
    return layers.size();
  }

  private void requireOpen() {
    Checks.require(USE, !closed, "an open cache", "a closed one", "make another");
  }

  /**
   * Says that {@code decoder} keeps its tokens here, from now on it alone.
   *
   * @param tensorBytes where the bytes of the tensors are added, and taken off when they are freed
   */
  @SuppressWarnings("ReferenceEquality") // itself, not one like it
  public synchronized void usedBy(Object decoder, LongAdder tensorBytes) {
    requireOpen();
    Checks.require(
        USE,
        user.isEmpty() || user.get() == decoder,
        "a cache of this decoder",
        "one that another has used",
        "make a cache for each decoder with newCache");
    user = Optional.of(decoder);
    memory = tensorBytes;
  }

  /** Adds new tokens [1, n, L, h] of layer {@code index}; all that it keeps, [1, n, S, h]. */
  Tensor append(int index, LayerCache.Slot slot, Tensor newTokens) {
    requireOpen();
    if (index < 0 || index >= layers.size()) {
      throw new NnException(
          USE,
          "layers from 0 to " + (layers.size() - 1),
          String.valueOf(index),
          "make a cache for as many layers");
    }
    return layers.get(index).append(slot, newTokens);
  }

  /** The sequence's pages in {@code pool}, made if there are none yet. */
  PageTable pages(PagePool pool) {
    requireOpen();
    PageTable table = pages.orElseGet(() -> new PageTable(pool));
    pages = Optional.of(table);
    return table;
  }

  /** Counts {@code newTokens} as seen, once every layer has appended them. */
  public synchronized void advance(int newTokens) {
    requireRoom(newTokens);
    length += newTokens;
    pages.ifPresent(table -> table.slide(length));
  }

  /**
   * Says that the next tokens come in parts, {@code newTokens} in all: what depends on a text's
   * length, as some rotary frequencies do, then follows the whole's from the first part on.
   */
  public synchronized void announce(int newTokens) {
    requireRoom(newTokens);
    announced = Math.max(announced, length + newTokens);
  }

  /** Tokens of the text when {@code newTokens} have joined it. */
  int textLength(int newTokens) {
    return Math.max(length + newTokens, announced);
  }

  /** Bytes that it holds, with what it shares with others. */
  public synchronized long bytes() {
    return pages.map(PageTable::bytes).orElse(0L) + layers.stream().mapToLong(Layer::bytes).sum();
  }

  /**
   * The fewest tokens but 0 that {@link #truncate} can cut it to: windows have left those before.
   */
  public synchronized int shortest() {
    return pages.map(table -> Math.toIntExact(table.shortest())).orElse(0);
  }

  /**
   * Another sequence that begins with the first {@code newLength} tokens, 0 or from {@link
   * #shortest} on. In a plan's pages it costs no memory until either of both goes on.
   */
  public synchronized KvCache fork(int newLength) {
    requireCut("fork cache", newLength);
    KvCache copy = new KvCache(layers.size(), capacity);
    copy.user = user;
    copy.memory = memory;
    copy.length = newLength;
    for (int i = 0; i < layers.size(); i++) {
      copy.layers.get(i).copy(layers.get(i));
    }
    copy.pages = pages.map(PageTable::fork);
    copy.pages.ifPresent(table -> table.truncate(newLength));
    return copy;
  }

  private void requireCut(String operation, int newLength) {
    requireOpen();
    if (newLength < 0 || newLength > length || (newLength > 0 && newLength < shortest())) {
      throw new NnException(
          operation,
          shortest() > 0
              ? "0, or " + shortest() + " to " + length + " tokens, as windows have left the others"
              : "0 to " + length + " tokens",
          newLength + "",
          "keep what is there");
    }
  }

  /** Forgets all but the first {@code newLength} tokens, 0 or from {@link #shortest} on. */
  public synchronized void truncate(int newLength) {
    requireCut("truncate cache", newLength);
    length = newLength;
    announced = 0;
    pages.ifPresent(table -> table.truncate(newLength));
  }

  void requireRoom(long newTokens) {
    requireOpen();
    if (newTokens < 0 || length + newTokens > capacity) {
      throw new NnException(
          "run decoder",
          "at most " + capacity + " tokens in all",
          length + " seen and " + newTokens + " new",
          "shorten the prompt or ask for fewer new tokens");
    }
  }

  /** Frees the memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    layers.forEach(Layer::close);
    pages.ifPresent(PageTable::close);
    length = 0;
    announced = 0;
  }

  /** What a layer keeps for each token. */
  private record Kind(DType dtype, Device device, long heads, long width) {
    static Kind of(Tensor rows) {
      return new Kind(rows.dtype(), rows.device(), rows.size(1), rows.size(3));
    }

    @Override
    public String toString() {
      return "%d heads of %d %s on %s".formatted(heads, width, dtype.torchName(), device);
    }
  }

  private record Kept(Tensor store, Kind kind) {}

  private final class Layer {
    private final Map<LayerCache.Slot, Kept> kept = new EnumMap<>(LayerCache.Slot.class);

    private Tensor room(LayerCache.Slot slot, long newTokens, Kind kind) {
      long end = length + newTokens;
      Kept known = kept.get(slot);
      if (known == null) {
        return grow(slot, kind, end);
      }
      if (!known.kind().equals(kind)) {
        throw new NnException(
            USE,
            "what it has kept so far, " + known.kind(),
            kind.toString(),
            "make a cache for each decoder with newCache");
      }
      return known.store().size(2) < end ? grow(slot, kind, end) : known.store();
    }

    Tensor append(LayerCache.Slot slot, Tensor newTokens) {
      if (newTokens.rank() != 4 || newTokens.size(0) != 1) {
        throw new NnException(
            USE, "new tokens [1, n, L, h]", newTokens.toString(), "make a cache for each sequence");
      }
      long count = newTokens.size(2);
      requireRoom(count);
      Tensor store = room(slot, count, Kind.of(newTokens));
      try (var scope = Scope.open()) {
        store.narrow(2, length, count).copyFrom(newTokens);
      }
      return store.narrow(2, 0, length + count);
    }

    private Tensor grow(LayerCache.Slot slot, Kind kind, long needed) {
      long room = Math.max(FIRST_ROOM, Long.highestOneBit(Math.max(1, needed - 1)) * 2);
      long size = Math.max(needed, Math.min(capacity, room));
      try (var scope = Scope.open()) {
        Kept old = kept.get(slot);
        Tensor bigger =
            old == null
                ? Tensor.empty(kind.dtype(), kind.device(), 1, kind.heads(), size, kind.width())
                : old.store().grown(2, size);
        kept.put(slot, new Kept(bigger.own(), kind));
        memory.add(bytes(bigger));
        if (old != null) {
          free(old);
        }
        return bigger;
      }
    }

    long bytes() {
      return kept.values().stream().mapToLong(k -> bytes(k.store())).sum();
    }

    private static long bytes(Tensor store) {
      return store.numel() * store.dtype().byteSize();
    }

    private void free(Kept old) {
      memory.add(-bytes(old.store()));
      old.store().close();
    }

    /** Takes copies of the other's tokens, as many as this cache's length. */
    void copy(Layer other) {
      other.kept.forEach(
          (slot, k) -> {
            if (length > 0) {
              try (var scope = Scope.open()) {
                grow(slot, k.kind(), length)
                    .narrow(2, 0, length)
                    .copyFrom(k.store().narrow(2, 0, length));
              }
            }
          });
    }

    void close() {
      kept.values().forEach(this::free);
      kept.clear();
    }
  }
}
