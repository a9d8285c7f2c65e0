package deepseek.models.generate;

import java.util.Map;

/** Guesses the tokens that come next, for a step to check. */
interface Guesses extends AutoCloseable {
  /**
   * Guesses for each answer, at most as many as its number says, perhaps none.
   *
   * @param most how many for which answer
   */
  Map<Generating, int[]> guess(Map<Generating, Integer> most);

  /** Forgets an answer that has ended or lost its cache. */
  void forget(Sequence sequence);

  @Override
  void close();

  /** Those of an engine's config. */
  static Guesses of(EngineConfig config) {
    if (config.speculation().isEmpty()) {
      return new None();
    }
    return switch (config.speculation().get()) {
      case Speculation.PromptLookup lookup -> new LookedUp(lookup.ngram());
      case Speculation.Draft draft -> new Drafted(draft.model());
    };
  }

  /** No guesses. */
  record None() implements Guesses {
    @Override
    public Map<Generating, int[]> guess(Map<Generating, Integer> most) {
      return Map.of();
    }

    @Override
    public void forget(Sequence sequence) {
      // there is nothing to forget
    }

    @Override
    public void close() {
      // there is nothing to close
    }
  }
}
