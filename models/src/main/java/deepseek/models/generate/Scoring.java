package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import deepseek.models.ModelException;
import java.util.concurrent.CompletableFuture;

/** A prompt whose continuation is known, and scored. */
final class Scoring extends Sequence {
  private final int[] continuation;
  private final CompletableFuture<Score> result = new CompletableFuture<>();
  private final float[] logs;
  private int scored;
  private boolean likeliest = true;
  private boolean ended;

  Scoring(TokenRequest request, long number, int[] continuation) {
    super(request, number);
    this.continuation = continuation;
    this.logs = new float[continuation.length];
    // The last token is scored but not run.
    for (int i = 0; i < continuation.length - 1; i++) {
      append(continuation[i]);
    }
  }

  CompletableFuture<Score> result() {
    return result;
  }

  @Override
  int reusable() {
    // The prompt's last token gives the logits of the first that is scored.
    return promptLength() - 1 + scored;
  }

  @Override
  int picked(int from, int count) {
    return Math.clamp((long) from + count - reusable(), 0, count);
  }

  @Override
  int largest() {
    return 1;
  }

  @Override
  void take(LargestLogits logits, int first, int[] guesses) {
    int to = cache().length() - (promptLength() - 1);
    for (int row = first; scored < to; row++, scored++) {
      Sequence.requireNumber(Engine.SCORE, logits.values(row)[0]);
      logs[scored] = LogSoftmax.of(logits.all(row))[continuation[scored]];
      likeliest &= logits.ids(row)[0] == continuation[scored];
    }
  }

  @Override
  boolean isOver() {
    return ended || scored == continuation.length;
  }

  @Override
  void finish(FinishReason reason) {
    ended = true;
  }

  @Override
  void tellEnd() {
    if (scored == continuation.length) {
      result.complete(new Score(continuation.clone(), logs, likeliest));
    } else {
      result.completeExceptionally(
          new ModelException(
              Engine.SCORE,
              "to run " + (promptLength() + continuation.length - 1) + " tokens",
              scored + " scored when it was ended",
              "score again"));
    }
  }

  @Override
  void tellFailure(RuntimeException reason) {
    result.completeExceptionally(reason);
  }
}
