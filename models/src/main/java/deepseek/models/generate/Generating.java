package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A prompt that is continued. */
final class Generating extends Sequence {
  private static final System.Logger LOG = System.getLogger(Generating.class.getName());

  private final TokenListener listener;
  private final Sampler sampler;
  private final Limits limits;
  private final List<TokenChoice> choices = new ArrayList<>();
  private final long start = System.nanoTime();
  private final RequestEvent event = new RequestEvent();
  private @Nullable FinishReason finish;
  private long first;
  private long last;
  private int guessesWanted = 4;

  /** What ends an answer besides its request. */
  record Limits(Set<Integer> endIds, int contextLength) {}

  Generating(
      TokenRequest request, long number, TokenListener listener, int vocabSize, Limits limits) {
    super(request, number);
    this.listener = listener;
    this.limits = limits;
    this.sampler =
        new Sampler(
            request.sampling(),
            request.constraint().map(supplier -> supplier.get()),
            request.prompt(),
            vocabSize);
    event.begin();
  }

  @Override
  int reusable() {
    // The last token is run in any case: its logits are wanted.
    return size() - 1;
  }

  @Override
  int picked(int from, int count) {
    return from + count == size() ? 1 : 0;
  }

  @Override
  int largest() {
    return Math.max(sampler.looksAt(), request().logProbabilities().orElse(0));
  }

  /** Tokens left until the answer is full. */
  int room() {
    return Math.min(request().maxNewTokens() - choices.size(), limits.contextLength() - 1 - size());
  }

  /** How many tokens are worth guessing, by how many were right. */
  int guessesWanted() {
    return guessesWanted;
  }

  @Override
  void take(LargestLogits logits, int firstRow, int[] guesses) {
    int right = 0;
    int row = firstRow;
    boolean goesOn = true;
    while (goesOn) {
      int id = takeOne(logits, row++);
      goesOn = finish == null && right < guesses.length && guesses[right] == id;
      right += goesOn ? 1 : 0;
    }
    // What was guessed wrongly is in the cache, and the last token is not.
    if (cache().length() > size() - 1) {
      cache().truncate(size() - 1);
    }
    if (guesses.length > 0) {
      guessesWanted =
          right == guesses.length
              ? Math.min(2 * guessesWanted, Speculation.MOST)
              : Math.max(1, right + 1);
    }
  }

  private int takeOne(LargestLogits logits, int row) {
    float[] values = logits.values(row);
    requireNumber(Engine.GENERATE, values[0]);
    int id = sampler.choose(logits.ids(row), values, () -> logits.all(row));
    last = System.nanoTime();
    if (choices.isEmpty()) {
      first = last;
    }
    var choice = new TokenChoice(id, logProbabilities(logits, row, id));
    choices.add(choice);
    append(id);
    sampler.accept(id);
    if (limits.endIds().contains(id) && !request().ignoreEos()) {
      finish = FinishReason.STOP;
    } else if (!listener.token(choice)) {
      finish = FinishReason.STOP_STRING;
    } else if (choices.size() >= request().maxNewTokens() || size() >= limits.contextLength()) {
      finish = FinishReason.LENGTH;
    }
    return id;
  }

  private Optional<LogProbabilities> logProbabilities(LargestLogits logits, int row, int id) {
    if (request().logProbabilities().isEmpty()) {
      return Optional.empty();
    }
    float[] logs = LogSoftmax.of(logits.all(row));
    int[] found = logits.ids(row);
    int[] ids =
        Arrays.copyOf(found, Math.min(found.length, request().logProbabilities().getAsInt()));
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = logs[ids[i]];
    }
    return Optional.of(new LogProbabilities(logs[id], ids, values));
  }

  @Override
  boolean isOver() {
    return finish != null;
  }

  @Override
  void finish(FinishReason reason) {
    finish = reason;
  }

  @Override
  void tellEnd() {
    int run = promptLength() - reused();
    Timings timings =
        choices.isEmpty()
            ? new Timings(run, 0, 0, 0)
            : new Timings(run, first - start, choices.size() - 1, last - first);
    FinishReason reason = finish == null ? FinishReason.CANCELLED : finish;
    commit(timings, reason);
    tell(() -> listener.end(new Answer(choices, reason, timings)));
  }

  private void commit(Timings timings, FinishReason reason) {
    if (event.shouldCommit()) {
      event.promptTokens = promptLength();
      event.cachedPromptTokens = reused();
      event.answerTokens = choices.size();
      event.finish = reason.name();
      event.firstToken = timings.promptNanos();
      event.commit();
    }
  }

  @Override
  void tellFailure(RuntimeException reason) {
    tell(() -> listener.failed(reason));
  }

  private static void tell(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a listener failed at the end of its answer", e);
    }
  }
}
