package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import deepseek.compute.Scope;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Guesses what a smaller model finds likeliest, for all answers in the same steps. */
final class Drafted implements Guesses {
  private final Decoder decoder;
  private final Map<Sequence, Draft> drafts = new HashMap<>();

  /** The draft model's view of an answer: the tokens that its cache holds. */
  private static final class Draft {
    private final KvCache cache;
    private int[] ids = new int[0];

    Draft(KvCache cache) {
      this.cache = cache;
    }

    /** Cuts the cache back to what the answer became. */
    void follow(int[] known) {
      int mismatch = Arrays.mismatch(ids, known);
      int shared = Math.min(mismatch < 0 ? ids.length : mismatch, known.length - 1);
      if (shared < cache.length()) {
        cache.truncate(shared < cache.shortest() ? 0 : shared);
      }
      ids = known;
    }

    void add(int id) {
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = id;
    }

    int pending() {
      return ids.length - cache.length();
    }
  }

  Drafted(Decoder decoder) {
    this.decoder = decoder;
  }

  @Override
  public Map<Generating, int[]> guess(Map<Generating, Integer> most) {
    int capacity = decoder.config().maxPositionEmbeddings();
    Map<Generating, Draft> wanted = new LinkedHashMap<>();
    most.forEach(
        (sequence, count) -> {
          if (count > 0 && sequence.size() + count < capacity) {
            Draft draft =
                drafts.computeIfAbsent(sequence, s -> new Draft(decoder.newCache(capacity)));
            draft.follow(sequence.ids(0, sequence.size()));
            wanted.put(sequence, draft);
          }
        });
    int longest = wanted.keySet().stream().mapToInt(s -> count(most, s)).max().orElse(0);
    for (int round = 0; round < longest; round++) {
      int done = round;
      extend(
          wanted.entrySet().stream()
              .filter(e -> count(most, e.getKey()) > done)
              .map(Map.Entry::getValue)
              .toList());
    }
    Map<Generating, int[]> guesses = new HashMap<>();
    wanted.forEach(
        (s, draft) -> guesses.put(s, Arrays.copyOfRange(draft.ids, s.size(), draft.ids.length)));
    return guesses;
  }

  private static int count(Map<Generating, Integer> most, Generating sequence) {
    return Objects.requireNonNull(most.get(sequence));
  }

  /** One more token for each of these. */
  private void extend(List<Draft> all) {
    all.forEach(this::catchUp);
    List<Span> spans = new ArrayList<>();
    for (Draft draft : all) {
      int end = draft.ids.length;
      spans.add(new Span(draft.cache, Arrays.copyOfRange(draft.ids, end - 1, end), 1));
    }
    try (var scope = Scope.open()) {
      LargestLogits logits = decoder.step(spans, 1);
      for (int i = 0; i < all.size(); i++) {
        all.get(i).add(logits.ids(i)[0]);
      }
    }
  }

  /** Runs all that the draft model doesn't know yet, but for the last token. */
  private void catchUp(Draft draft) {
    while (draft.pending() > 1) {
      int from = draft.cache.length();
      int to = Math.min(draft.ids.length - 1, from + decoder.maxStepTokens());
      try (var scope = Scope.open()) {
        decoder.step(List.of(new Span(draft.cache, Arrays.copyOfRange(draft.ids, from, to), 0)), 0);
      }
    }
  }

  @Override
  public void forget(Sequence sequence) {
    Draft draft = drafts.remove(sequence);
    if (draft != null) {
      draft.cache.close();
    }
  }

  @Override
  public void close() {
    drafts.values().forEach(draft -> draft.cache.close());
    drafts.clear();
  }
}
