package deepseek.compute;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Things made when they are first asked for, of which those used last are kept and the others
 * closed. One thread at a time may use it.
 */
final class LastUsed<K, V> {
  private final Map<K, V> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final int most;
  private final Consumer<V> closer;

  LastUsed(int most, Consumer<V> closer) {
    this.most = most;
    this.closer = closer;
  }

  V get(K key, Supplier<V> maker) {
    V value = kept.computeIfAbsent(key, k -> maker.get());
    if (kept.size() > most) {
      K oldest = kept.keySet().iterator().next();
      closer.accept(kept.remove(oldest));
    }
    return value;
  }

  /** Closes all; what is used again is made again. */
  void forget() {
    kept.values().forEach(closer);
    kept.clear();
  }

  int size() {
    return kept.size();
  }
}
