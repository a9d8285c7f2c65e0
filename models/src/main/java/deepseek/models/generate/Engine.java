package deepseek.models.generate;

import deepseek.compute.InferenceMode;
import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.decoder.Decoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs the requests of many threads over one decoder, whose steps they share: each step has a token
 * of every answer, and parts of prompts. An answer's tokens are the same whatever else runs.
 *
 * <pre>{@code
 * try (var engine = Engine.open(model, EngineConfig.defaults())) {
 *   var answer = engine.submit(TokenRequest.of(model.tokenizer().encode("The sky is")));
 *   for (TokenChoice choice : answer) {
 *     System.out.println(choice.id());
 *   }
 * }
 * }</pre>
 *
 * <p>One thread runs the steps, from the first request on. It belongs to the engine; the decoder
 * doesn't, and must be closed after it.
 */
public final class Engine implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Engine.class.getName());

  static final String GENERATE = "generate";
  static final String SCORE = "score";

  private final Decoder decoder;
  private final Generating.Limits limits;
  private final EngineConfig config;
  private final Scheduler scheduler;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Sequence> arrived = new ArrayList<>();
  private long numbers;
  private volatile @Nullable Thread thread;
  private boolean idle = true;
  private boolean refusing;
  private boolean closing;

  private Engine(Decoder decoder, Generating.Limits limits, EngineConfig config) {
    this.decoder = decoder;
    this.limits = limits;
    this.config = config;
    this.scheduler = new Scheduler(decoder, config, limits.contextLength());
  }

  /** Over a model's decoder, with its context and what ends its answers. */
  public static Engine open(CausalLm model, EngineConfig config) {
    return open(model.decoder(), model.endIds(), model.contextLength(), config);
  }

  /** {@code endIds} end an answer; {@code contextLength} bounds prompt and answer together. */
  public static Engine open(
      Decoder decoder, Set<Integer> endIds, int contextLength, EngineConfig config) {
    return new Engine(decoder, new Generating.Limits(Set.copyOf(endIds), contextLength), config);
  }

  /** The tokens that end an answer. */
  public Set<Integer> endIds() {
    return limits.endIds();
  }

  /** Tokens of prompt and answer together, at most. */
  public int contextLength() {
    return limits.contextLength();
  }

  /**
   * Continues a prompt.
   *
   * @throws ModelException for a prompt that is empty, too long or of other tokens
   * @throws EngineBusyException if as many requests wait as may
   */
  public TokenAnswer submit(TokenRequest request) {
    TokenAnswer answer = new TokenAnswer();
    answer.cancelWith(submit(request, answer));
    return answer;
  }

  /** The same with a text that is assembled from the tokens. */
  public TextAnswer submit(TokenRequest request, TextAnswer answer) {
    answer.cancelWith(submit(request, (TokenListener) answer));
    return answer;
  }

  /**
   * The same for a listener, which hears on the engine's thread.
   *
   * @return asks for the end of the answer
   */
  public Runnable submit(TokenRequest request, TokenListener listener) {
    requireFits(GENERATE, request.prompt());
    requireKnown(
        "bias tokens",
        request.sampling().logitBias().keySet().stream().mapToInt(Integer::intValue).toArray());
    int vocabulary = decoder.config().vocabSize();
    return start(number -> new Generating(request, number, listener, vocabulary, limits));
  }

  /**
   * Scores {@code continuation} as what comes after {@code prompt}, and waits for it. What is known
   * of the prompt is not run again, so that of several continuations only the first runs it.
   *
   * @throws ModelException if one of both is empty, or they are too long
   */
  public Score score(int[] prompt, int[] continuation) {
    requireFits(SCORE, prompt);
    if (continuation.length == 0) {
      throw new ModelException(
          SCORE, "a continuation of at least one token", "an empty one", "leave it out");
    }
    // Its last token is scored but not run.
    requireLength(SCORE, prompt.length + continuation.length - 1);
    requireKnown(SCORE, continuation);
    List<Scoring> made = new ArrayList<>();
    Runnable cancel =
        start(
            number -> {
              made.add(new Scoring(TokenRequest.of(prompt), number, continuation));
              return made.getFirst();
            });
    return await(made.getFirst().result(), cancel);
  }

  private static Score await(CompletableFuture<Score> result, Runnable cancel) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
          cancel.run();
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Runnable start(LongFunction<Sequence> make) {
    requireOtherThread("submit a request");
    lock.lock();
    try {
      if (refusing) {
        throw new ModelException(
            "submit a request", "an open engine", "a closed one", "open another");
      }
      int waiting = arrived.size() + scheduler.waiting();
      if (waiting >= config.maxQueued()) {
        throw new EngineBusyException(waiting, config.maxQueued());
      }
      Sequence sequence = make.apply(numbers++);
      arrived.add(sequence);
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("deepseek-engine").start(this::run);
      }
      changed.signalAll();
      return () -> cancel(sequence);
    } finally {
      lock.unlock();
    }
  }

  private void cancel(Sequence sequence) {
    sequence.cancel();
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireFits(String operation, int[] prompt) {
    if (prompt.length == 0) {
      throw new ModelException(
          operation, "a prompt of at least one token", "an empty prompt", "write something");
    }
    requireLength(operation, prompt.length);
    requireKnown(operation, prompt);
  }

  private void requireLength(String operation, int tokens) {
    if (tokens >= limits.contextLength()) {
      throw new ModelException(
          operation,
          "a prompt of fewer than " + limits.contextLength() + " tokens, the model's context",
          tokens + " tokens",
          "shorten the prompt");
    }
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

  private void run() {
    try (scheduler;
        var mode = InferenceMode.enter()) {
      runSteps();
    }
  }

  /** What goes wrong beyond a request fails all of them, before the scheduler is closed. */
  private void runSteps() {
    try {
      while (takeArrived()) {
        scheduler.step();
      }
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "the engine has stopped", e);
      stop();
      scheduler.failAll(
          new ModelException(
              "run requests", "an engine that runs", e.toString(), "open another, report the log"));
      throw e;
    }
  }

  /** Takes no more requests; those that have just come are the scheduler's. */
  private void stop() {
    lock.lock();
    try {
      refusing = true;
      closing = true;
      arrived.forEach(scheduler::arrive);
      arrived.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for something to do; false once the engine closes. */
  private boolean takeArrived() {
    lock.lock();
    try {
      while (arrived.isEmpty() && scheduler.isIdle() && !closing) {
        idle = true;
        changed.signalAll();
        changed.awaitUninterruptibly();
      }
      idle = false;
      arrived.forEach(scheduler::arrive);
      arrived.clear();
      return !closing;
    } finally {
      lock.unlock();
    }
  }

  /** What it does and has done. */
  public EngineStats stats() {
    lock.lock();
    try {
      EngineStats stats = scheduler.stats();
      return stats.withWaiting(stats.waiting() + arrived.size());
    } finally {
      lock.unlock();
    }
  }

  /** Lets go of what is kept of sequences that have ended. */
  public void forget() {
    scheduler.forget();
  }

  /**
   * Takes no more requests, waits until those that are there have ended, at most so long, and
   * closes.
   *
   * @return whether all ended by themselves
   */
  public boolean drain(Duration patience) {
    boolean ended = false;
    lock.lock();
    try {
      refusing = true;
      long left = patience.toNanos();
      while (!(idle && arrived.isEmpty()) && left > 0) {
        left = changed.awaitNanos(left);
      }
      ended = idle && arrived.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    close();
    return ended;
  }

  /** Ends what runs and waits, as cancelled, and waits for the end of the step that runs. */
  @Override
  public void close() {
    requireOtherThread("close an engine");
    Thread running;
    lock.lock();
    try {
      refusing = true;
      closing = true;
      changed.signalAll();
      running = thread;
    } finally {
      lock.unlock();
    }
    if (running != null) {
      join(running);
    }
  }

  /** What waits for the engine must not be what the engine waits for. */
  private void requireOtherThread(String operation) {
    if (Thread.currentThread().equals(thread)) {
      throw new ModelException(
          operation,
          "a thread that is not the engine's",
          "a call from a listener's or a request's callback",
          "call it from the thread that takes the answer");
    }
  }

  private static void join(Thread running) {
    boolean interrupted = false;
    while (running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
