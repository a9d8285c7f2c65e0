package deepseek.models.encoder;

import deepseek.models.ModelException;
import java.time.Duration;

/**
 * How texts of several threads' calls are joined into runs. A call that comes while nothing runs
 * runs at once. Those that come meanwhile run together afterwards: as soon as there are {@code
 * texts} of them, or the first has waited for {@code deadline}.
 *
 * @param texts from 1
 * @param deadline from 0, which waits for nothing but the running texts
 */
public record Batching(int texts, Duration deadline) {
  /** 32 texts, 3 milliseconds. */
  public static final Batching USUAL = new Batching(32, Duration.ofMillis(3));

  /** Throws {@link ModelException} for a number out of its range. */
  public Batching {
    ModelException.requirePresent("join calls", "a deadline", deadline);
    if (texts < 1 || deadline.isNegative()) {
      throw new ModelException(
          "join calls",
          "at least 1 text and a deadline from 0",
          texts + " and " + deadline,
          "leave it at Batching.USUAL");
    }
  }
}
