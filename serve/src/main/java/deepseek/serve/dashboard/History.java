package deepseek.serve.dashboard;

import deepseek.serve.ServeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * A server's minutes, of the last 30 days, in a file that outlives it. Thread-safe. The file is
 * another server's as long as that has it open.
 */
final class History implements AutoCloseable {
  private static final long KEPT_MINUTES = 30 * 24 * 60L;
  private static final int FIELDS = 11;

  private final MVStore store;
  private final MVMap<Long, byte[]> minutes;

  private History(MVStore store) {
    this.store = store;
    this.minutes = store.openMap("minutes");
  }

  /** In memory only. */
  static History inMemory() {
    return new History(new MVStore.Builder().open());
  }

  /**
   * In this file, made if it isn't there.
   *
   * @throws ServeException if it can't be written, is damaged, or another server has it
   */
  static History in(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      return new History(new MVStore.Builder().fileName(file.toString()).open());
    } catch (MVStoreException | IOException e) {
      throw new ServeException(
          "open the history " + file,
          "a file of this server alone",
          e.getMessage() + "",
          "name another, or remove it",
          e);
    }
  }

  void add(Minute minute) {
    minutes.put(minute.epochMinute(), bytes(minute));
    Long oldest = minutes.firstKey();
    while (oldest != null && oldest <= minute.epochMinute() - KEPT_MINUTES) {
      minutes.remove(oldest);
      oldest = minutes.firstKey();
    }
    store.commit();
  }

  /** Those from this minute on, in turn. */
  List<Minute> since(long epochMinute) {
    List<Minute> found = new ArrayList<>();
    var keys = minutes.keyIterator(epochMinute);
    while (keys.hasNext()) {
      Long key = keys.next();
      byte[] value = minutes.get(key);
      if (value != null) {
        found.add(minute(key, ByteBuffer.wrap(value)));
      }
    }
    return found;
  }

  private static byte[] bytes(Minute m) {
    return ByteBuffer.allocate(FIELDS * Double.BYTES)
        .putDouble(m.newTokens())
        .putInt(m.requests())
        .putInt(m.errors())
        .putDouble(m.firstMillis())
        .putDouble(m.eachMillis())
        .putDouble(m.running())
        .putInt(m.waiting())
        .putDouble(m.cpu())
        .putLong(m.cacheBytes())
        .putLong(m.residentBytes())
        .array();
  }

  private static Minute minute(long epochMinute, ByteBuffer from) {
    return new Minute(
        epochMinute,
        from.getDouble(),
        from.getInt(),
        from.getInt(),
        from.getDouble(),
        from.getDouble(),
        from.getDouble(),
        from.getInt(),
        from.getDouble(),
        from.getLong(),
        from.getLong());
  }

  @Override
  public void close() {
    store.close();
  }
}
