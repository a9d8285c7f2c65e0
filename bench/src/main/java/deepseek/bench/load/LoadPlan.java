package deepseek.bench.load;

import deepseek.bench.BenchException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * The requests of a load test, the same for the same seed.
 *
 * @param requests how many
 * @param rate requests that arrive in a second, at random times (a Poisson process); empty: as soon
 *     as one of the clients is free
 * @param clients that wait for their answers, where no rate is given
 * @param prompt words of a prompt
 * @param answer tokens of an answer
 */
public record LoadPlan(
    int requests, OptionalDouble rate, OptionalInt clients, Range prompt, Range answer, long seed) {

  /** Least and most of something. */
  public record Range(int least, int most) {
    /** Reads {@code 32-512}, or one number for both. */
    public static Range parse(String text) {
      String[] ends = text.split("-", 2);
      try {
        int least = Integer.parseInt(ends[0].strip());
        return new Range(least, Integer.parseInt(ends[ends.length - 1].strip()));
      } catch (NumberFormatException e) {
        throw new BenchException("read a range", "two numbers as in 32-512", text, "write both", e);
      }
    }

    public Range {
      if (least < 1 || most < least) {
        throw new BenchException(
            "plan a load test",
            "1 or more, and no more than the second number",
            least + "-" + most,
            "choose another range");
      }
    }

    int draw(SplittableRandom random) {
      return random.nextInt(least, most + 1);
    }
  }

  /**
   * One request.
   *
   * @param atNanos when it arrives, from the start of the test
   */
  record Request(int number, long atNanos, String prompt, int answerTokens) {}

  public LoadPlan {
    require(requests >= 1, "at least 1 request", requests + "");
    require(
        rate.orElse(1) > 0 && rate.orElse(1) <= 100_000,
        "a rate above 0, up to 100,000 a second",
        rate + "");
    require(clients.orElse(1) >= 1, "at least 1 client", clients + "");
    require(
        rate.isPresent() != clients.isPresent(),
        "a rate or a number of clients",
        rate.isPresent() ? "both" : "none");
  }

  private static void require(boolean holds, String expected, String got) {
    if (!holds) {
      throw new BenchException("plan a load test", expected, got, "choose another number");
    }
  }

  /** All requests in the order of their arrival. */
  List<Request> all() {
    SplittableRandom random = new SplittableRandom(seed);
    List<Request> all = new ArrayList<>();
    double seconds = 0;
    for (int i = 0; i < requests; i++) {
      seconds += rate.isPresent() ? -Math.log(1 - random.nextDouble()) / rate.getAsDouble() : 0;
      String text = Words.text(random, prompt.draw(random));
      all.add(new Request(i, (long) (seconds * 1e9), text, answer.draw(random)));
    }
    return all;
  }
}
