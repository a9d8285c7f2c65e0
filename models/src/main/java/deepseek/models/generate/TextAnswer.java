package deepseek.models.generate;

import deepseek.text.tokenizer.StreamDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.IntFunction;

/** An answer's text as it comes, up to the first stop text, and the whole of it. */
public final class TextAnswer extends AnswerStream<TextPart, Generation> implements TokenListener {
  private static final int AT_A_TIME = 2 * EngineConfig.MOST_SEQUENCES;

  private final int[] promptIds;
  private final TextStream text;
  private final StringBuilder fresh = new StringBuilder();

  /** Of a request with this prompt; hears of its tokens. */
  public TextAnswer(int[] promptIds, StreamDecoder decoder, List<String> stops) {
    this.promptIds = promptIds;
    this.text = new TextStream(decoder, stops, fresh::append);
  }

  /** The prompt's tokens. */
  public int[] promptIds() {
    return promptIds.clone();
  }

  @Override
  public boolean token(TokenChoice choice) {
    boolean goesOn = text.push(choice.id());
    pass(List.of(choice));
    return goesOn;
  }

  private void pass(List<TokenChoice> tokens) {
    if (!(fresh.isEmpty() && tokens.isEmpty())) {
      offer(new TextPart(fresh.toString(), tokens));
      fresh.setLength(0);
    }
  }

  @Override
  public void end(Answer answer) {
    String whole = text.finish();
    pass(List.of());
    complete(new Generation(whole, promptIds, answer.choices(), answer.finish(), answer.timings()));
  }

  @Override
  public void failed(RuntimeException reason) {
    completeWith(reason);
  }

  /**
   * Starts {@code count} answers, some at a time, and waits for them; {@code onText} gets each
   * one's text as it comes, on the calling thread. What it throws cancels all of them.
   */
  public static List<Generation> all(int count, IntFunction<TextAnswer> start, RowText onText) {
    Semaphore changed = new Semaphore(0);
    List<TextAnswer> answers = new ArrayList<>();
    int running = 0;
    try {
      while (answers.size() < count || running > 0) {
        while (answers.size() < count && running < AT_A_TIME) {
          TextAnswer answer = start.apply(answers.size());
          answers.add(answer);
          answer.onChange(changed::release);
          running++;
        }
        await(changed, answers);
        running = 0;
        for (int row = 0; row < answers.size(); row++) {
          // Asked first: what comes after the parts are taken is heard of the next time.
          running += answers.get(row).isDone() ? 0 : 1;
          answers.get(row).passOn(onText, row);
        }
      }
      List<Generation> results = new ArrayList<>();
      answers.forEach(answer -> results.add(answer.result()));
      return results;
    } catch (RuntimeException | Error e) {
      answers.forEach(TextAnswer::cancel);
      throw e;
    }
  }

  /** An interrupt cancels all, and the thread stays interrupted. */
  private static void await(Semaphore changed, List<TextAnswer> answers) {
    try {
      changed.acquire();
    } catch (InterruptedException e) {
      answers.forEach(TextAnswer::cancel);
      changed.acquireUninterruptibly();
      Thread.currentThread().interrupt();
    }
    changed.drainPermits();
  }

  private void passOn(RowText onText, int row) {
    for (var part = poll(); part.isPresent(); part = poll()) {
      if (!part.get().text().isEmpty()) {
        onText.accept(row, part.get().text());
      }
    }
  }
}
