package deepseek.models.generate;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.LargestLogits;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ModelException;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Continues token sequences. The cache of the last single sequence is kept, and what a new prompt
 * shares with it is not run again. One thread at a time may use it.
 */
public final class TokenGenerator implements AutoCloseable {
  /** Tokens scored at a time; bounds the memory of their logits. */
  private static final int SCORED = 32;

  private static final String GENERATE = "generate";
  private static final String SCORE = "score";

  private final Decoder decoder;
  private final Device device;
  private final Set<Integer> endIds;
  private final int contextLength;
  private @Nullable KvCache kept;
  private int[] keptIds = new int[0];
  // Of keptIds, those that came as one prompt.
  private int keptPrompt;
  private boolean running;

  /** Hears of each token; returns whether the row goes on. */
  public interface Listener {
    /** The next token of the answer to prompt {@code row}; false ends it. */
    boolean token(int row, int id);
  }

  /** One row's answer: its tokens, an ending one included, and why it ended. */
  public record Answer(int[] ids, FinishReason finish, Timings timings) {}

  /** {@code endIds} end an answer; {@code contextLength} bounds prompt and answer together. */
  public TokenGenerator(Decoder decoder, Device device, Set<Integer> endIds, int contextLength) {
    this.decoder = decoder;
    this.device = device;
    this.endIds = Set.copyOf(endIds);
    this.contextLength = contextLength;
  }

  /** Tokens of prompt and answer together, at most. */
  public int contextLength() {
    return contextLength;
  }

  /**
   * Continues each prompt. As many as a step has room for run together; each next one starts when
   * one has ended.
   */
  public List<Answer> generate(List<int[]> prompts, GenerationOptions options, Listener listener) {
    requireIdle(GENERATE);
    if (prompts.isEmpty()) {
      return List.of();
    }
    prompts.forEach(prompt -> requireFits(GENERATE, prompt));
    running = true;
    try (var mode = InferenceMode.enter();
        var scope = Scope.open();
        Run run = new Run(prompts, options, listener)) {
      return run.toEnd();
    } finally {
      running = false;
    }
  }

  /**
   * Scores {@code continuation} as what comes after {@code prompt}. What both share with the last
   * sequence up to the prompt's end is not run again, so that of several continuations of one
   * prompt only the first runs it.
   */
  public Score score(int[] prompt, int[] continuation) {
    requireIdle(SCORE);
    requireFits(SCORE, prompt);
    if (continuation.length == 0) {
      throw new ModelException(
          SCORE, "a continuation of at least one token", "an empty one", "leave it out");
    }
    int[] whole = joined(prompt, continuation);
    // Its last token is scored but not run.
    requireFits(SCORE, Arrays.copyOf(whole, whole.length - 1));
    requireKnown(SCORE, continuation);
    running = true;
    try (var mode = InferenceMode.enter();
        var scope = Scope.open()) {
      return scored(whole, prompt.length);
    } finally {
      running = false;
    }
  }

  private Score scored(int[] whole, int promptLength) {
    int last = whole.length - 1;
    int[] run = Arrays.copyOf(whole, last);
    KvCache cache = cacheFor(run);
    // The prompt's last token gives the logits of the first that is scored.
    cache.truncate(Math.min(cache.length(), promptLength - 1));
    cache.announce(last - cache.length());
    float[] found = new float[last + 1 - promptLength];
    boolean likeliest = true;
    try {
      for (int from = cache.length(), to; from < last; from = to) {
        boolean scored = from >= promptLength - 1;
        int most = scored ? SCORED : decoder.maxStepTokens();
        to = Math.min(scored ? last : promptLength - 1, from + most);
        try (var scope = Scope.open()) {
          if (!scored) {
            decoder.step(List.of(new Span(cache, Arrays.copyOfRange(run, from, to), false)), 0);
            continue;
          }
          Tensor ids = ids(run, from, to);
          Tensor logits = decoder.forward(ids, cache).to(DType.FLOAT32).select(0, 0);
          Tensor targets = ids(whole, from + 1, to + 1).reshape(-1, 1);
          float[] logs = logits.logSoftmax(-1).gather(-1, targets).toFloats();
          for (float log : logs) {
            requireNumber(SCORE, log);
          }
          System.arraycopy(logs, 0, found, from - promptLength + 1, logs.length);
          likeliest &= Arrays.equals(logits.argmax(-1).toLongs(), targets.toLongs());
        }
      }
    } finally {
      keep(run, cache, last);
    }
    return new Score(Arrays.copyOfRange(whole, promptLength, whole.length), found, likeliest);
  }

  private Tensor ids(int[] sequence, int from, int to) {
    long[] ids = Arrays.stream(sequence, from, to).asLongStream().toArray();
    return Tensor.of(ids, 1, ids.length).to(device);
  }

  private static int[] joined(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** The listener of a running answer must not take its cache. */
  private void requireIdle(String operation) {
    if (running) {
      throw new ModelException(
          operation,
          "a generator that is not answering",
          "a call from the listener of its own answer",
          "call it when the answer is there, or make another generator");
    }
  }

  private void requireFits(String operation, int[] prompt) {
    if (prompt.length == 0) {
      throw new ModelException(
          operation, "a prompt of at least one token", "an empty prompt", "write something");
    }
    if (prompt.length >= contextLength) {
      throw new ModelException(
          operation,
          "a prompt of fewer than " + contextLength + " tokens, the model's context",
          prompt.length + " tokens",
          "shorten the prompt");
    }
    requireKnown(operation, prompt);
  }

  private void requireKnown(String operation, int[] ids) {
    int vocabulary = decoder.config().vocabSize();
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new ModelException(
            operation,
            "token ids from 0 to " + (vocabulary - 1),
            String.valueOf(id),
            "check that tokenizer and model belong together");
      }
    }
  }

  /** The kept cache, cut back to what {@code prompt} shares with it. */
  private KvCache cacheFor(int[] prompt) {
    KvCache cache = kept;
    if (cache == null) {
      cache = decoder.newCache(contextLength);
      kept = cache;
    }
    cache.truncate(Math.min(usable(prompt), cache.length()));
    return cache;
  }

  /** Remembers what the cache holds: of {@code sequence}, the first {@code prompt} came at once. */
  private void keep(int[] sequence, KvCache cache, int prompt) {
    keptIds = Arrays.copyOf(sequence, cache.length());
    keptPrompt = prompt;
  }

  /** How many of the kept tokens the prompt begins with and can use. */
  private int usable(int[] prompt) {
    // The last token is run in any case: its logits are wanted.
    int shared = Math.min(commonBeginning(keptIds, prompt), prompt.length - 1);
    for (int i = 0; i < shared; i++) {
      int length = Math.max(keptPrompt, i + 1);
      if (!decoder.config().sameFrequencies(length, prompt.length)) {
        return i;
      }
    }
    return shared;
  }

  private static int commonBeginning(int[] a, int[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** Forgets the kept sequence and frees its memory. */
  public void forget() {
    requireIdle("forget the kept sequence");
    if (kept != null) {
      kept.close();
      kept = null;
    }
    keptIds = new int[0];
  }

  @Override
  public void close() {
    forget();
  }

  /** One call: a row for each prompt. A single one goes on in the kept cache. */
  private final class Run implements AutoCloseable {
    private final GenerationOptions options;
    private final Listener listener;
    private final List<Row> rows = new ArrayList<>();
    private final boolean isKept;
    private final long start = System.nanoTime();

    Run(List<int[]> prompts, GenerationOptions options, Listener listener) {
      this.options = options;
      this.listener = listener;
      this.isKept = prompts.size() == 1;
      for (int[] prompt : prompts) {
        rows.add(new Row(rows.size(), prompt, options.sampling()));
      }
    }

    List<Answer> toEnd() {
      Deque<Row> waiting = new ArrayDeque<>(rows);
      List<Row> active = new ArrayList<>();
      while (!(waiting.isEmpty() && active.isEmpty()) && !options.isCancelled()) {
        while (active.size() < decoder.maxStepSequences() && !waiting.isEmpty()) {
          Row row = waiting.remove();
          row.begin(isKept ? cacheFor(row.prompt) : decoder.newCache(contextLength));
          active.add(row);
        }
        step(active);
        for (Row row : active) {
          if (row.finish != null && !isKept) {
            row.close();
          }
        }
        active.removeIf(row -> row.finish != null);
      }
      return rows.stream().map(row -> row.answer(start)).toList();
    }

    /**
     * A token of each row that answers, and as much of the others' prompts as there is room for.
     */
    private void step(List<Row> active) {
      List<Row> turns = new ArrayList<>(active);
      turns.sort(Comparator.comparing(row -> row.pending() > 1));
      List<Row> stepped = new ArrayList<>();
      List<Span> spans = new ArrayList<>();
      int room = decoder.maxStepTokens();
      for (Row row : turns) {
        int count = Math.min(room, row.pending());
        if (count > 0) {
          spans.add(row.span(count));
          stepped.add(row);
          room -= count;
        }
      }
      try (var scope = Scope.open()) {
        LargestLogits logits = decoder.step(spans, rows.getFirst().sampler.looksAt());
        int picked = 0;
        for (int i = 0; i < spans.size(); i++) {
          if (spans.get(i).picked()) {
            take(stepped.get(i), logits, picked++);
          }
        }
      }
    }

    private void take(Row row, LargestLogits logits, int place) {
      float[] values = logits.values(place);
      requireNumber(GENERATE, values[0]);
      int id = row.sampler.choose(logits.ids(place), values, () -> logits.all(place));
      row.take(id);
      if (endIds.contains(id)) {
        row.finish = FinishReason.STOP;
      } else if (!listener.token(row.number, id)) {
        row.finish = FinishReason.STOP_STRING;
      } else if (row.answer.size() >= options.maxNewTokens()
          || row.prompt.length + row.answer.size() >= contextLength) {
        row.finish = FinishReason.LENGTH;
      }
    }

    @Override
    public void close() {
      for (Row row : rows) {
        if (isKept) {
          row.keep();
        } else {
          row.close();
        }
      }
    }
  }

  /** A prompt and what became of it. */
  private final class Row implements AutoCloseable {
    private final int number;
    private final int[] prompt;
    private final Sampler sampler;
    private final List<Integer> answer = new ArrayList<>();
    private @Nullable KvCache cache;
    private @Nullable FinishReason finish;
    private int reused;
    private long first;
    private long last;

    Row(int number, int[] prompt, Sampling sampling) {
      this.number = number;
      this.prompt = prompt;
      this.sampler = new Sampler(sampling, number, prompt, decoder.config().vocabSize());
    }

    /** Starts after what {@code own} holds of the prompt. */
    void begin(KvCache own) {
      cache = own;
      reused = own.length();
      own.announce(prompt.length - reused);
    }

    private KvCache cache() {
      return Objects.requireNonNull(cache);
    }

    /** Tokens that are there and were not run yet. */
    int pending() {
      return prompt.length + answer.size() - cache().length();
    }

    /** The next {@code count} tokens. */
    Span span(int count) {
      int from = cache().length();
      int[] ids =
          IntStream.range(from, from + count)
              .map(i -> i < prompt.length ? prompt[i] : answer.get(i - prompt.length))
              .toArray();
      return new Span(cache(), ids, count == pending());
    }

    void take(int id) {
      last = System.nanoTime();
      if (answer.isEmpty()) {
        first = last;
      }
      answer.add(id);
      sampler.accept(id);
    }

    Answer answer(long start) {
      Timings timings =
          answer.isEmpty()
              ? new Timings(prompt.length - reused, 0, 0, 0)
              : new Timings(prompt.length - reused, first - start, answer.size() - 1, last - first);
      return new Answer(toArray(answer), finish == null ? FinishReason.CANCELLED : finish, timings);
    }

    /** Remembers what the kept cache holds now. */
    void keep() {
      if (cache != null) {
        TokenGenerator.this.keep(joined(prompt, toArray(answer)), cache, prompt.length);
      }
    }

    @Override
    public void close() {
      if (cache != null) {
        cache.close();
      }
    }
  }

  /** Looks at a row's largest logit, which is NaN where any of them is. */
  private static void requireNumber(String operation, float top) {
    if (!Float.isFinite(top)) {
      throw new ModelException(
          operation,
          "finite logits",
          String.valueOf(top),
          "the weights hold NaN or infinity, or the dtype is too narrow: check the file, try"
              + " float32");
    }
  }

  private static int[] toArray(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
