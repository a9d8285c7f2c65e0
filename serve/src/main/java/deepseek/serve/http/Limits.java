package deepseek.serve.http;

import deepseek.serve.ServeException;
import java.time.Duration;

/**
 * What one request may ask for.
 *
 * @param bodyBytes of a request's body
 * @param choices answers to one request, OpenAI's {@code n}
 * @param newTokens of one answer
 * @param texts in one request to embed or to rank
 * @param jsonDepth of nested arrays and objects in a body
 * @param time of one request, until which its answer must be complete
 * @param patience after which a client that waits is told that the server is still at it, and one
 *     that has gone is noticed
 */
public record Limits(
    long bodyBytes,
    int choices,
    int newTokens,
    int texts,
    int jsonDepth,
    Duration time,
    Duration patience) {
  public Limits {
    require("the bytes of a body", bodyBytes >= 1, bodyBytes);
    require("the answers of a request", choices >= 1, choices);
    require("the tokens of an answer", newTokens >= 1, newTokens);
    require("the texts of a request", texts >= 1, texts);
    require("the depth of JSON", jsonDepth >= 1, jsonDepth);
    require("the time of a request", time.isPositive(), time);
    require("the patience of a client", patience.isPositive(), patience);
  }

  private static void require(String what, boolean holds, Object got) {
    if (!holds) {
      throw new ServeException(
          "limit " + what, "more than 0", String.valueOf(got), "choose a larger number");
    }
  }

  /** 8 MiB, 16 answers of up to 32,768 tokens, 2,048 texts, 64 levels, 10 minutes, 5 seconds. */
  public static Limits defaults() {
    return new Limits(
        8L << 20, 16, 32_768, 2_048, 64, Duration.ofMinutes(10), Duration.ofSeconds(5));
  }

  /** With bodies of at most so many bytes. */
  public Limits withBodyBytes(long value) {
    return new Limits(value, choices, newTokens, texts, jsonDepth, time, patience);
  }

  /** With at most so many answers to one request. */
  public Limits withChoices(int value) {
    return new Limits(bodyBytes, value, newTokens, texts, jsonDepth, time, patience);
  }

  /** With answers of at most so many tokens. */
  public Limits withNewTokens(int value) {
    return new Limits(bodyBytes, choices, value, texts, jsonDepth, time, patience);
  }

  /** With clients that are told after this time that the server is still at it. */
  public Limits withPatience(Duration value) {
    return new Limits(bodyBytes, choices, newTokens, texts, jsonDepth, time, value);
  }

  /** With at most this time for a request. */
  public Limits withTime(Duration value) {
    return new Limits(bodyBytes, choices, newTokens, texts, jsonDepth, value, patience);
  }
}
