package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import deepseek.models.ModelException;
import deepseek.nn.attention.KvCache;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request's tokens, those known so far, and the cache of those that were run. All but {@link
 * #cancel} is the engine thread's.
 */
abstract sealed class Sequence implements AutoCloseable permits Generating, Scoring {
  private final TokenRequest request;
  private final long number;
  private int[] ids;
  private int size;
  private @Nullable KvCache cache;
  private int reused = -1;
  private volatile boolean cancelled;

  /** {@code number} counts the requests in the order of their arrival. */
  Sequence(TokenRequest request, long number) {
    this.request = request;
    this.number = number;
    this.ids = request.prompt().clone();
    this.size = ids.length;
  }

  final TokenRequest request() {
    return request;
  }

  final long number() {
    return number;
  }

  final int promptLength() {
    return request.prompt().length;
  }

  /** Tokens that are known. */
  final int size() {
    return size;
  }

  final int id(int index) {
    return ids[index];
  }

  final int[] ids(int from, int to) {
    return Arrays.copyOfRange(ids, from, to);
  }

  final void append(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  final boolean isActive() {
    return cache != null;
  }

  final KvCache cache() {
    return Objects.requireNonNull(cache);
  }

  /** Starts, or starts anew, after what {@code own} holds of the tokens. */
  final void begin(KvCache own) {
    cache = own;
    reused = reused < 0 ? Math.min(own.length(), promptLength()) : reused;
    own.announce(size - own.length());
  }

  /** Tokens of the prompt that another sequence had run. */
  final int reused() {
    return Math.max(0, reused);
  }

  /** Gives the cache away; this begins anew when it has another. */
  final KvCache release() {
    KvCache given = cache();
    cache = null;
    return given;
  }

  /** Tokens that are known and were not run. */
  final int pending() {
    return size - cache().length();
  }

  /** Whether the next step gives it a token that wasn't known. */
  final boolean isAnswering() {
    return pending() == 1 && size > promptLength();
  }

  /** Asks for its end; from any thread. */
  final void cancel() {
    cancelled = true;
  }

  final boolean isCancelled() {
    return cancelled || request.cancelled().getAsBoolean();
  }

  /** Known tokens whose results aren't needed: they may come from another sequence's cache. */
  abstract int reusable();

  /**
   * How many of {@code count} tokens from {@code from} on are to be picked.
   *
   * @param from the first that was not run
   */
  abstract int picked(int from, int count);

  /** How many of the largest logits it looks at. */
  abstract int largest();

  /**
   * Takes the logits of the tokens picked.
   *
   * @param first place of the first among {@code logits}
   * @param guesses the tokens that were guessed and run after the last known
   */
  abstract void take(LargestLogits logits, int first, int[] guesses);

  /** Whether nothing more is wanted of it. */
  abstract boolean isOver();

  /** Ends it where it is. */
  abstract void finish(FinishReason reason);

  /** Tells its caller of the end. */
  abstract void tellEnd();

  /** Tells its caller that it failed. */
  abstract void tellFailure(RuntimeException reason);

  /** Looks at a token's largest logit, which is NaN where any of them is. */
  static void requireNumber(String operation, float top) {
    if (!Float.isFinite(top)) {
      throw new ModelException(
          operation,
          "finite logits",
          String.valueOf(top),
          "the weights hold NaN or infinity, or the dtype is too narrow: check the file, try"
              + " float32");
    }
  }

  @Override
  public final void close() {
    if (cache != null) {
      cache.close();
      cache = null;
    }
  }
}
