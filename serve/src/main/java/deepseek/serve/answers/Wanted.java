package deepseek.serve.answers;

import deepseek.models.CausalLm;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Limits;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Which answers are wanted.
 *
 * @param choices how many
 * @param maxNewTokens of each; empty for as many as the context holds
 * @param topLogProbabilities of the likeliest tokens at each place; empty for none
 * @param priority the higher, the sooner
 * @param ignoreEos whether answers go on after tokens that end one, for measurements
 */
public record Wanted(
    int choices,
    OptionalInt maxNewTokens,
    Sampling sampling,
    List<String> stop,
    OptionalInt topLogProbabilities,
    int priority,
    boolean ignoreEos) {
  private static final int MOST_STOPS = 16;

  /** One answer by this sampling. */
  public static Wanted one(OptionalInt maxNewTokens, Sampling sampling, List<String> stop) {
    return new Wanted(1, maxNewTokens, sampling, stop, OptionalInt.empty(), 0, false);
  }

  /** The texts in {@code stop}. */
  public static List<String> stops(Fields fields) {
    List<String> stops = fields.texts("stop", MOST_STOPS);
    if (stops.contains("")) {
      throw fields.refused("stop", "texts", "an empty one");
    }
    return stops;
  }

  /** Options of the answer number {@code choice} to a prompt, for the given client. */
  GenerationOptions options(
      CausalLm model, Prompt prompt, Limits limits, String client, int choice) {
    int room = Math.max(1, model.contextLength() - prompt.ids().length);
    int most = Math.min(maxNewTokens.orElse(room), Math.min(room, limits.newTokens()));
    GenerationOptions options =
        GenerationOptions.defaults()
            .withMaxNewTokens(most)
            .withSampling(seeded(choice))
            .withStop(stop)
            .withClient(client)
            .withPriority(priority)
            .withIgnoreEos(ignoreEos);
    if (prompt.form().isPresent()) {
      options = options.withGrammar(prompt.form().get());
    }
    return topLogProbabilities.isPresent()
        ? options.withLogProbabilities(topLogProbabilities.getAsInt())
        : options;
  }

  /** Answers to one request differ, also where the request says the seed. */
  private Sampling seeded(int choice) {
    OptionalLong seed = sampling.seed();
    return seed.isPresent() ? sampling.withSeed(seed.getAsLong() + choice) : sampling;
  }
}
