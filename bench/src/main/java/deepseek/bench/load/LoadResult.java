package deepseek.bench.load;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * What a load test found. Latencies count from when a request was due, so that a server that is
 * behind can't hide it (coordinated omission).
 *
 * @param seconds of the whole test
 * @param answered requests
 * @param errors how often what went wrong
 * @param promptTokens of the answered requests, as the server counts; so {@code answerTokens}
 * @param firstToken seconds until the first part of an answer
 * @param betweenTokens seconds between parts
 * @param whole seconds until an answer was there
 */
public record LoadResult(
    double seconds,
    int answered,
    Map<String, Integer> errors,
    long promptTokens,
    long answerTokens,
    Percentiles firstToken,
    Percentiles betweenTokens,
    Percentiles whole) {

  /** Half, 95 and 99 of 100 are at most this; 0 where there are none. */
  public record Percentiles(double p50, double p95, double p99, double most) {
    static Percentiles of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Percentiles(at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99), at(sorted, 1));
    }

    /** The least value that this share of all is not above. */
    private static double at(double[] sorted, double share) {
      if (sorted.length == 0) {
        return 0;
      }
      int rank = (int) Math.ceil(share * sorted.length);
      return sorted[Math.clamp(rank - 1L, 0, sorted.length - 1)];
    }

    private ObjectNode json() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("p50", p50)
          .put("p95", p95)
          .put("p99", p99)
          .put("max", most);
    }
  }

  static LoadResult of(List<Heard> heard, double seconds) {
    List<Heard> answered = heard.stream().filter(Heard::isAnswered).toList();
    Map<String, Integer> errors = new TreeMap<>();
    heard.stream()
        .filter(h -> !h.isAnswered())
        .forEach(h -> errors.merge(h.error().orElse("an empty answer"), 1, Integer::sum));
    double[] gaps = answered.stream().flatMapToDouble(h -> Arrays.stream(h.gapSeconds())).toArray();
    return new LoadResult(
        seconds,
        answered.size(),
        errors,
        answered.stream().mapToLong(Heard::promptTokens).sum(),
        answered.stream().mapToLong(Heard::answerTokens).sum(),
        percentiles(answered, Heard::firstSeconds),
        Percentiles.of(gaps),
        percentiles(answered, Heard::wholeSeconds));
  }

  private static Percentiles percentiles(List<Heard> heard, ToDoubleFunction<Heard> seconds) {
    return Percentiles.of(heard.stream().mapToDouble(seconds).toArray());
  }

  /** Tokens of answers in a second, over the whole test. */
  public double answerTokensPerSecond() {
    return answerTokens / seconds;
  }

  /** One line of JSON. */
  public ObjectNode json() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("seconds", seconds)
            .put("answered", answered)
            .put("prompt_tokens", promptTokens)
            .put("completion_tokens", answerTokens)
            .put("output_tokens_per_second", answerTokensPerSecond());
    json.set("time_to_first_token_seconds", firstToken.json());
    json.set("inter_token_latency_seconds", betweenTokens.json());
    json.set("e2e_latency_seconds", whole.json());
    ObjectNode counts = json.putObject("errors");
    errors.forEach(counts::put);
    return json;
  }
}
