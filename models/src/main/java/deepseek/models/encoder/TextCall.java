package deepseek.models.encoder;

import deepseek.text.tokenizer.EncodedText;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * Texts that one call has encoded: what is made of each one's token vectors, then of all together.
 * Its texts may be in several runs, in turn.
 */
final class TextCall {
  private final List<EncodedText> texts;
  private final Function<TokenVectors, float[]> pooling;
  private final Function<float[][], List<float[]>> head;
  private final float[][] pooled;
  private final long arrival = System.nanoTime();
  private final CompletableFuture<List<float[]>> result = new CompletableFuture<>();
  private int taken;
  private int done;

  /**
   * @param texts at least one
   * @param pooling one vector of a text's
   * @param head what comes of all texts' vectors, a row each
   */
  TextCall(
      List<EncodedText> texts,
      Function<TokenVectors, float[]> pooling,
      Function<float[][], List<float[]>> head) {
    this.texts = texts;
    this.pooling = pooling;
    this.head = head;
    this.pooled = new float[texts.size()][];
  }

  /** One of a call's texts. */
  record Part(TextCall call, int index) {
    EncodedText text() {
      return call.texts.get(index);
    }

    void pool(TokenVectors hidden) {
      call.pool(index, hidden);
    }
  }

  /** When it was made, as {@link System#nanoTime} counts. */
  long arrival() {
    return arrival;
  }

  /** Whether nothing is left to take: all texts are taken, or one failed. */
  boolean isTaken() {
    return taken == texts.size() || result.isDone();
  }

  /** Texts that are left. */
  int left() {
    return texts.size() - taken;
  }

  /** Tokens of the next text. */
  int nextLength() {
    return texts.get(taken).ids().length;
  }

  Part take() {
    return new Part(this, taken++);
  }

  private void pool(int index, TokenVectors hidden) {
    try {
      pooled[index] = pooling.apply(hidden);
      done++;
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  /** Makes the result, once all texts are there. */
  void finish() {
    if (done < texts.size() || result.isDone()) {
      return;
    }
    try {
      result.complete(head.apply(pooled));
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  void fail(Throwable cause) {
    result.completeExceptionally(cause);
  }

  /** Waits for the result. */
  List<float[]> result() {
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
