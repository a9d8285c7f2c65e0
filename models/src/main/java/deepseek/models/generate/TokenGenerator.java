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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Continues token sequences. The cache of the last single sequence is kept, and what a new prompt
 * shares with it is not run again. One thread at a time may use it.
 */
public final class TokenGenerator implements AutoCloseable {
  /** Prompt tokens run at a time; bounds the memory a long prompt takes. */
  private static final int CHUNK = 512;

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

  /** Continues each prompt; rows of different lengths are padded on the left. */
  public List<Answer> generate(List<int[]> prompts, GenerationOptions options, Listener listener) {
    requireIdle(GENERATE);
    if (prompts.isEmpty()) {
      return List.of();
    }
    int longest = 0;
    for (int[] prompt : prompts) {
      requireFits(GENERATE, prompt);
      longest = Math.max(longest, prompt.length);
    }
    int capacity = (int) Math.min(contextLength, (long) longest + options.maxNewTokens());
    running = true;
    try (var mode = InferenceMode.enter();
        var scope = Scope.open()) {
      return prompts.size() == 1
          ? continueKept(prompts.getFirst(), options, listener)
          : continueBatch(prompts, longest, capacity, options, listener);
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
        to = scored ? Math.min(last, from + SCORED) : Math.min(promptLength - 1, from + CHUNK);
        try (var scope = Scope.open()) {
          Tensor ids = ids(run, from, to);
          if (!scored) {
            decoder.forwardLast(ids, cache);
            continue;
          }
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

  private List<Answer> continueKept(int[] prompt, GenerationOptions options, Listener listener) {
    KvCache cache = cacheFor(prompt);
    Run run = new Run(List.of(prompt), cache, contextLength, options, listener);
    try {
      return run.toEnd(cache.length());
    } finally {
      keep(run.sequence(0), cache, prompt.length);
    }
  }

  /** The kept cache, cut back to what {@code prompt} shares with it. */
  private KvCache cacheFor(int[] prompt) {
    KvCache cache = kept;
    if (cache == null) {
      cache = decoder.newCache(contextLength, 0);
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

  private List<Answer> continueBatch(
      List<int[]> prompts,
      int longest,
      int capacity,
      GenerationOptions options,
      Listener listener) {
    int[] padding = prompts.stream().mapToInt(p -> longest - p.length).toArray();
    try (KvCache cache = decoder.newCache(capacity, padding)) {
      return new Run(prompts, cache, capacity, options, listener).toEnd(0);
    }
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

  /** One call: rows that advance together until each has ended. */
  private final class Run {
    private final List<int[]> prompts;
    private final KvCache cache;
    private final int capacity;
    private final GenerationOptions options;
    private final Listener listener;
    private final int longest;
    private final List<Sampler> samplers = new ArrayList<>();
    private final List<List<Integer>> answers = new ArrayList<>();
    private final @Nullable FinishReason[] finishes;

    Run(
        List<int[]> prompts,
        KvCache cache,
        int capacity,
        GenerationOptions options,
        Listener listener) {
      this.prompts = prompts;
      this.cache = cache;
      this.capacity = capacity;
      this.options = options;
      this.listener = listener;
      this.longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
      this.finishes = new FinishReason[prompts.size()];
      for (int row = 0; row < prompts.size(); row++) {
        samplers.add(
            new Sampler(options.sampling(), row, prompts.get(row), decoder.config().vocabSize()));
        answers.add(new ArrayList<>());
      }
    }

    /** Prompt and answer of one row, without padding. */
    int[] sequence(int row) {
      return joined(prompts.get(row), toArray(answers.get(row)));
    }

    List<Answer> toEnd(int done) {
      long start = System.nanoTime();
      int[] next = runPrompt(done);
      long first = System.nanoTime();
      int steps = 0;
      while (next.length > 0) {
        next = advance(next);
        steps++;
      }
      long end = System.nanoTime();
      Timings timings = new Timings(longest - done, first - start, steps, end - first);
      List<Answer> out = new ArrayList<>();
      for (int row = 0; row < prompts.size(); row++) {
        FinishReason finish = finishes[row] == null ? FinishReason.CANCELLED : finishes[row];
        out.add(new Answer(toArray(answers.get(row)), finish, timings));
      }
      return out;
    }

    private int[] runPrompt(int done) {
      cache.announce(longest - done);
      for (int from = done; from < longest; from += CHUNK) {
        int to = Math.min(longest, from + CHUNK);
        if (options.isCancelled()) {
          return new int[0];
        }
        try (var scope = Scope.open()) {
          Tensor ids = promptIds(from, to);
          if (to == longest) {
            return step(ids);
          }
          decoder.forwardLast(ids, cache);
        }
      }
      throw new IllegalStateException("a prompt of no tokens");
    }

    private Tensor promptIds(int from, int to) {
      long[] ids = new long[prompts.size() * (to - from)];
      for (int row = 0; row < prompts.size(); row++) {
        int[] prompt = prompts.get(row);
        int blank = longest - prompt.length;
        for (int i = from; i < to; i++) {
          // Blanks hold the first token: any will do, nothing looks at them.
          ids[row * (to - from) + i - from] = prompt[Math.max(0, i - blank)];
        }
      }
      return Tensor.of(ids, prompts.size(), to - from).to(device);
    }

    private int[] advance(int[] tokens) {
      if (options.isCancelled()) {
        return new int[0];
      }
      try (var scope = Scope.open()) {
        long[] ids = Arrays.stream(tokens).asLongStream().toArray();
        return step(Tensor.of(ids, ids.length, 1).to(device));
      }
    }

    /** The rows' next tokens after {@code ids}; empty once all have ended. */
    private int[] step(Tensor ids) {
      Optional<LargestLogits> largest =
          decoder.forwardLargest(ids, cache, samplers.getFirst().looksAt());
      return largest.isPresent() ? choose(largest.get()) : choose(decoder.forwardLast(ids, cache));
    }

    private int[] choose(LargestLogits logits) {
      List<float[]> values = IntStream.range(0, prompts.size()).mapToObj(logits::values).toList();
      values.forEach(row -> requireNumber(GENERATE, row[0]));
      return take(
          row -> samplers.get(row).choose(logits.ids(row), values.get(row), () -> logits.all(row)));
    }

    private int[] choose(Tensor logits) {
      Tensor best = logits.argmax(-1);
      long[] largest = best.toLongs();
      for (float top : logits.gather(-1, best.unsqueeze(-1)).toFloats()) {
        requireNumber(GENERATE, top);
      }
      return take(
          row ->
              samplers.get(row).takesLargest()
                  ? (int) largest[row]
                  : samplers.get(row).choose(logits.select(0, row).toFloats()));
    }

    private int[] take(IntUnaryOperator chosen) {
      int[] next = new int[prompts.size()];
      boolean going = false;
      for (int row = 0; row < next.length; row++) {
        if (finishes[row] != null) {
          continue; // an ended row is fed its last token until the others end too
        }
        next[row] = chosen.applyAsInt(row);
        finishes[row] = take(row, next[row]);
        going |= finishes[row] == null;
      }
      return going ? next : new int[0];
    }

    private @Nullable FinishReason take(int row, int id) {
      List<Integer> answer = answers.get(row);
      answer.add(id);
      samplers.get(row).accept(id);
      if (endIds.contains(id)) {
        return FinishReason.STOP;
      }
      if (!listener.token(row, id)) {
        return FinishReason.STOP_STRING;
      }
      boolean full = answer.size() >= options.maxNewTokens() || longest + answer.size() >= capacity;
      return full ? FinishReason.LENGTH : null;
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
