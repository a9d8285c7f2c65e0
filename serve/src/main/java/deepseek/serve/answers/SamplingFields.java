package deepseek.serve.answers;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.models.generate.Sampling;
import deepseek.serve.http.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads how tokens are chosen. */
public final class SamplingFields {
  private static final double LEAST_SHARE = 1e-9;
  private static final double MOST_TEMPERATURE = 100;
  private static final double MOST_PENALTY = 100;
  private static final double MOST_BIAS = 100;

  private SamplingFields() {}

  /** What the fields say besides what is usual, which {@code usual} has. */
  public static Sampling read(Fields fields, Sampling usual) {
    Sampling out = usual;
    OptionalDouble temperature = fields.number("temperature", 0, MOST_TEMPERATURE);
    out = temperature.isPresent() ? out.withTemperature(temperature.getAsDouble()) : out;
    OptionalInt topK = fields.whole("top_k", -1, Integer.MAX_VALUE);
    out = topK.isPresent() ? out.withTopK(Math.max(0, topK.getAsInt())) : out;
    OptionalDouble topP = fields.number("top_p", 0, 1);
    out = topP.isPresent() ? out.withTopP(Math.max(LEAST_SHARE, topP.getAsDouble())) : out;
    OptionalDouble minP = fields.number("min_p", 0, 1);
    out = minP.isPresent() ? out.withMinP(Math.min(Math.nextDown(1.0), minP.getAsDouble())) : out;
    OptionalLong seed = fields.wholeLong("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    out = seed.isPresent() ? out.withSeed(seed.getAsLong()) : out;
    return penalties(fields, out);
  }

  private static Sampling penalties(Fields fields, Sampling usual) {
    Sampling out = usual;
    for (String name : new String[] {"repetition_penalty", "repeat_penalty"}) {
      OptionalDouble repetition = fields.number(name, LEAST_SHARE, MOST_PENALTY);
      out = repetition.isPresent() ? out.withRepetitionPenalty(repetition.getAsDouble()) : out;
    }
    OptionalDouble presence = fields.number("presence_penalty", -MOST_PENALTY, MOST_PENALTY);
    out = presence.isPresent() ? out.withPresencePenalty(presence.getAsDouble()) : out;
    OptionalDouble frequency = fields.number("frequency_penalty", -MOST_PENALTY, MOST_PENALTY);
    return frequency.isPresent() ? out.withFrequencyPenalty(frequency.getAsDouble()) : out;
  }

  /** What {@code logit_bias} adds to the logits of tokens, by their ids. */
  public static Map<Integer, Double> bias(Fields fields, int vocabSize) {
    Map<Integer, Double> bias = new LinkedHashMap<>();
    Fields given = fields.object("logit_bias").orElse(null);
    if (given == null) {
      return bias;
    }
    for (Map.Entry<String, JsonNode> entry : given.json().properties()) {
      String id = entry.getKey();
      boolean isId = id.matches("[0-9]{1,9}") && Integer.parseInt(id) < vocabSize;
      if (!isId) {
        throw fields.refused(
            "logit_bias", "token ids from 0 to " + (vocabSize - 1), "'" + id + "'");
      }
      given
          .number(id, -MOST_BIAS, MOST_BIAS)
          .ifPresent(value -> bias.put(Integer.parseInt(id), value));
    }
    return bias;
  }
}
