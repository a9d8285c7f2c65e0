package deepseek.models.generate;

import deepseek.models.decoder.DecoderConfig;
import deepseek.nn.attention.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Sequences that have ended, for prompts that begin like one of them: sorted by their tokens, so
 * that the one that shares most with a prompt stands next to it. Pages that several share are there
 * once. Safe for use by several threads.
 */
final class PrefixCache implements AutoCloseable {
  private final DecoderConfig config;
  private final TreeMap<int[], Known> sorted = new TreeMap<>(Arrays::compare);
  private final List<Known> byUse = new ArrayList<>();

  /**
   * A sequence whose first tokens another may begin with.
   *
   * @param ids that the cache holds
   * @param promptLength of them, those that came as one prompt
   */
  record Known(int[] ids, int promptLength, KvCache cache) {}

  /** The beginning of a sequence that a prompt can take over. */
  record Match(KvCache cache, int length) {
    /** The longer of two. */
    static Match longer(Match one, Match other) {
      return other.length() > one.length() ? other : one;
    }

    /** A cache of one's own that begins like this. */
    KvCache fork() {
      return cache.fork(length);
    }
  }

  PrefixCache(DecoderConfig config) {
    this.config = config;
  }

  /** What a prompt can take of what is kept, at most {@code most} tokens. */
  synchronized Optional<Match> find(int[] prompt, int most) {
    Optional<Match> best =
        Stream.of(
                Optional.ofNullable(sorted.floorKey(prompt)),
                Optional.ofNullable(sorted.ceilingKey(prompt)))
            .flatMap(Optional::stream)
            .map(sorted::get)
            .map(known -> new Match(known.cache(), usable(config, known, prompt, most)))
            .filter(match -> match.length() > 0)
            .reduce(Match::longer);
    best.ifPresent(match -> touch(match.cache()));
    return best;
  }

  private void touch(KvCache cache) {
    for (Known known : byUse) {
      if (known.cache().equals(cache)) {
        byUse.remove(known);
        byUse.add(known);
        return;
      }
    }
  }

  /** How many of its first tokens a prompt can take over from {@code known}. */
  static int usable(DecoderConfig config, Known known, int[] prompt, int most) {
    int mismatch = Arrays.mismatch(known.ids(), prompt);
    int common = mismatch < 0 ? prompt.length : mismatch;
    int shared = Math.min(Math.min(common, most), known.cache().length());
    for (int i = 0; i < shared; i++) {
      int length = Math.max(known.promptLength(), i + 1);
      if (!config.sameFrequencies(length, prompt.length)) {
        shared = i;
      }
    }
    return shared < known.cache().shortest() ? 0 : shared;
  }

  /** Takes ownership of the sequence's cache; those that are its beginning are let go. */
  synchronized void keep(Known known) {
    for (int[] shorter = sorted.floorKey(known.ids());
        shorter != null && isBeginning(shorter, known.ids());
        shorter = sorted.floorKey(known.ids())) {
      drop(shorter);
    }
    int[] longer = sorted.ceilingKey(known.ids());
    if (known.ids().length == 0 || (longer != null && isBeginning(known.ids(), longer))) {
      known.cache().close();
      return;
    }
    sorted.put(known.ids(), known);
    byUse.add(known);
  }

  private static boolean isBeginning(int[] part, int[] whole) {
    return part.length <= whole.length
        && Arrays.equals(part, 0, part.length, whole, 0, part.length);
  }

  private void drop(int[] ids) {
    Known known = sorted.remove(ids);
    if (known != null) {
      byUse.remove(known);
      known.cache().close();
    }
  }

  /** Lets the one go that was not used for longest; false if there is none. */
  synchronized boolean dropOldest() {
    if (byUse.isEmpty()) {
      return false;
    }
    drop(byUse.getFirst().ids());
    return true;
  }

  synchronized int size() {
    return sorted.size();
  }

  /** Lets all go. */
  @Override
  public synchronized void close() {
    while (dropOldest()) {
      // one after another
    }
  }
}
