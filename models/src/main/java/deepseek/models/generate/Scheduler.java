package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import deepseek.compute.Scope;
import deepseek.models.ModelException;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Decides what each step runs: the answers' next tokens first, then prompts as far as there is
 * room. Where the cache is full, what is kept goes first, then the sequence of lowest priority that
 * came last, which begins anew when there is room. The engine's thread calls it, but for {@link
 * #stats}, {@link #waiting} and {@link #forget}.
 */
final class Scheduler implements AutoCloseable {
  /** Tokens that must be shared to wait for another prompt that is being read. */
  private static final int WORTH_WAITING = 64;

  /** Rows of answers in a step, up to which guessing pays. */
  private static final int GUESSING_ROWS = 16;

  private static final Comparator<Sequence> FIRST_TO_GO =
      Comparator.<Sequence>comparingInt(s -> s.request().priority())
          .thenComparing(Comparator.comparingLong(Sequence::number).reversed());

  private final Decoder decoder;
  private final EngineConfig config;
  private final int contextLength;
  private final Waiting waiting = new Waiting();
  private final List<Sequence> active = new ArrayList<>();
  private final PrefixCache kept;
  private final Guesses guesses;
  private final long cacheLimit;
  private final Counts counts = new Counts();
  private volatile EngineStats stats;

  private static final class Counts {
    private long finished;
    private long promptTokens;
    private long cachedPromptTokens;
    private long generatedTokens;
    private long steps;
    private long steppedSequences;
    private long preemptions;
    private long guessed;
    private long accepted;
  }

  /** A sequence's part of a step. */
  private record Turn(Sequence sequence, Span span, int[] guesses, boolean reads) {}

  Scheduler(Decoder decoder, EngineConfig config, int contextLength) {
    this.decoder = decoder;
    this.config = config;
    this.contextLength = contextLength;
    this.kept = new PrefixCache(decoder.config());
    this.guesses = Guesses.of(config);
    this.cacheLimit = config.cacheBytes().orElseGet(() -> physicalMemory() / 4);
    this.stats = count();
  }

  private static long physicalMemory() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getTotalMemorySize();
  }

  /** Takes in a new request. */
  void arrive(Sequence sequence) {
    waiting.arrive(sequence);
  }

  boolean isIdle() {
    return waiting.isEmpty() && active.isEmpty();
  }

  /** Requests that waited when the last step had ended. */
  int waiting() {
    return stats.waiting();
  }

  EngineStats stats() {
    return stats;
  }

  void forget() {
    kept.close();
  }

  /** Runs one step, if there is anything to run. */
  void step() {
    cancel(Sequence::isCancelled);
    admit();
    List<Turn> turns = turns();
    if (turns.isEmpty() && !active.isEmpty()) {
      throw new IllegalStateException("none of " + active.size() + " sequences can go on");
    }
    makeRoom(turns);
    if (!turns.isEmpty()) {
      run(turns);
    }
    retire();
    stats = count();
  }

  /** Ends those of all requests as cancelled. */
  private void cancel(Predicate<Sequence> which) {
    for (Sequence sequence : waiting.all()) {
      if (which.test(sequence)) {
        waiting.remove(sequence);
        sequence.finish(FinishReason.CANCELLED);
        end(sequence);
      }
    }
    for (Sequence sequence : active) {
      if (which.test(sequence)) {
        sequence.finish(FinishReason.CANCELLED);
      }
    }
    retire();
  }

  private void admit() {
    int most = Math.min(config.maxSequences(), decoder.maxStepPicked());
    Optional<Sequence> next = waiting.next(this::isWorthBeginning);
    while (next.isPresent() && (active.size() < most || makeWay(next.get())) && begin(next.get())) {
      next = waiting.next(this::isWorthBeginning);
    }
  }

  /** Sends a sequence of lower priority back to wait. */
  private boolean makeWay(Sequence next) {
    Optional<Sequence> last = active.stream().filter(this::canBeginAnew).min(FIRST_TO_GO);
    boolean isLower =
        last.isPresent() && last.get().request().priority() < next.request().priority();
    if (isLower) {
      preempt(last.get());
    }
    return isLower;
  }

  /** Not while another reads what both begin with. */
  private boolean isWorthBeginning(Sequence sequence) {
    int soon =
        active.stream()
            .filter(other -> !other.isAnswering())
            .mapToInt(other -> shared(sequence, other))
            .max()
            .orElse(0);
    return soon < WORTH_WAITING
        || soon - match(sequence).map(PrefixCache.Match::length).orElse(0) < WORTH_WAITING;
  }

  private static int shared(Sequence sequence, Sequence other) {
    int most = Math.min(sequence.reusable(), other.promptLength());
    int count = 0;
    while (count < most && sequence.id(count) == other.id(count)) {
      count++;
    }
    return count;
  }

  /** What the sequence can take over of what is kept, or of what runs. */
  private Optional<PrefixCache.Match> match(Sequence sequence) {
    int[] ids = sequence.ids(0, sequence.size());
    Optional<PrefixCache.Match> best = kept.find(ids, sequence.reusable());
    for (Sequence other : active) {
      var known =
          new PrefixCache.Known(
              other.ids(0, other.cache().length()), other.promptLength(), other.cache());
      int length = PrefixCache.usable(decoder.config(), known, ids, sequence.reusable());
      if (length > best.map(PrefixCache.Match::length).orElse(0)) {
        best = Optional.of(new PrefixCache.Match(other.cache(), length));
      }
    }
    return best;
  }

  /** False if its prompt doesn't fit into what the others leave of the cache. */
  private boolean begin(Sequence sequence) {
    KvCache cache =
        match(sequence)
            .map(PrefixCache.Match::fork)
            .orElseGet(() -> decoder.newCache(contextLength));
    long promised =
        active.stream()
            .mapToLong(other -> decoder.bytesFor(other.cache(), Math.max(1, other.pending())))
            .sum();
    long needed = promised + decoder.bytesFor(cache, sequence.size() - cache.length());
    boolean fits = decoder.cacheBytes() + needed <= cacheLimit;
    while (!fits && kept.dropOldest()) {
      fits = decoder.cacheBytes() + needed <= cacheLimit;
    }
    if (!fits && !active.isEmpty()) {
      cache.close();
      return false;
    }
    waiting.remove(sequence);
    active.add(sequence);
    counts.cachedPromptTokens += Math.min(cache.length(), sequence.promptLength());
    sequence.begin(cache);
    return true;
  }

  private List<Turn> turns() {
    List<Turn> turns = new ArrayList<>();
    int tokens = decoder.maxStepTokens();
    int picks = decoder.maxStepPicked();
    Map<Generating, int[]> guessed = guesses.guess(wanted());
    for (Sequence sequence : active) {
      if (sequence.isAnswering()) {
        Turn turn = answer(sequence, guessed);
        turns.add(turn);
        tokens -= turn.span().ids().length;
        picks -= turn.span().picked();
      }
    }
    if (!turns.isEmpty()) {
      tokens = Math.min(tokens, config.promptTokens());
    }
    for (Sequence sequence : active) {
      Optional<Turn> turn =
          sequence.isAnswering() ? Optional.empty() : read(sequence, tokens, picks);
      if (turn.isPresent()) {
        turns.add(turn.get());
        Span span = turn.get().span();
        tokens -= span.ids().length;
        picks -= span.ids().length == 1 ? 1 : span.picked();
      }
    }
    return turns;
  }

  /** How many tokens are to be guessed for which answer. */
  private Map<Generating, Integer> wanted() {
    if (config.speculation().isEmpty()) {
      return Map.of();
    }
    int answering = (int) active.stream().filter(Sequence::isAnswering).count();
    int share = Math.max(0, GUESSING_ROWS / Math.max(1, answering) - 1);
    int most = Math.min(share, config.speculation().get().tokens());
    Map<Generating, Integer> wanted = new LinkedHashMap<>();
    for (Sequence sequence : active) {
      if (sequence.isAnswering() && sequence instanceof Generating g) {
        int count = Math.clamp(g.room() - 1L, 0, Math.min(most, g.guessesWanted()));
        // Tokens that are run together turn by the length of all.
        boolean turnsAlike = decoder.config().sameFrequencies(g.size(), g.size() + count);
        wanted.put(g, turnsAlike ? count : 0);
      }
    }
    return wanted;
  }

  private static Turn answer(Sequence sequence, Map<Generating, int[]> guessed) {
    int[] guesses =
        sequence instanceof Generating g ? guessed.getOrDefault(g, new int[0]) : new int[0];
    int[] ids = new int[guesses.length + 1];
    ids[0] = sequence.id(sequence.size() - 1);
    System.arraycopy(guesses, 0, ids, 1, guesses.length);
    return new Turn(sequence, new Span(sequence.cache(), ids, ids.length), guesses, false);
  }

  private static Optional<Turn> read(Sequence sequence, int tokens, int picks) {
    int from = sequence.cache().length();
    int count = Math.min(tokens, sequence.pending());
    count -= Math.max(0, sequence.picked(from, count) - picks);
    if (count <= 0 || (count == 1 && picks == 0)) {
      return Optional.empty();
    }
    int[] ids = sequence.ids(from, from + count);
    var span = new Span(sequence.cache(), ids, sequence.picked(from, count));
    return Optional.of(new Turn(sequence, span, new int[0], true));
  }

  /**
   * Frees what the turns need of the cache. Where none can begin anew, some wait with what they
   * have.
   */
  private void makeRoom(List<Turn> turns) {
    while (!fits(turns) && !kept.dropOldest()) {
      Optional<Sequence> last = active.stream().filter(this::canBeginAnew).min(FIRST_TO_GO);
      if (active.size() > 1 && last.isPresent()) {
        turns.removeIf(turn -> turn.sequence().equals(last.get()));
        preempt(last.get());
      } else if (turns.size() > 1) {
        turns.remove(Collections.min(turns, Comparator.comparing(Turn::sequence, FIRST_TO_GO)));
      } else {
        endForLackOfRoom(turns.removeLast().sequence());
      }
    }
  }

  private boolean fits(List<Turn> turns) {
    long needed =
        turns.stream()
            .mapToLong(turn -> decoder.bytesFor(turn.span().cache(), turn.span().ids().length))
            .sum();
    return turns.isEmpty() || decoder.cacheBytes() + needed <= cacheLimit;
  }

  /** An answer that has begun is as long as there is room for. */
  private void endForLackOfRoom(Sequence sequence) {
    if (sequence.isAnswering()) {
      sequence.finish(FinishReason.LENGTH);
      return;
    }
    fail(
        sequence,
        new ModelException(
            "read a prompt",
            "keys and values within " + cacheLimit + " bytes",
            "a prompt of " + sequence.promptLength() + " tokens that needs more",
            "shorten the prompt, or allow a larger cache"));
  }

  /** Not if the rotary embedding would be another the second time. */
  private boolean canBeginAnew(Sequence sequence) {
    return decoder.config().sameFrequencies(sequence.promptLength(), sequence.size());
  }

  private void preempt(Sequence sequence) {
    guesses.forget(sequence);
    sequence.close();
    active.remove(sequence);
    waiting.putBack(sequence);
    counts.preemptions++;
  }

  private void run(List<Turn> turns) {
    int largest = 1;
    for (Turn turn : turns) {
      largest = Math.max(largest, turn.sequence().largest());
    }
    StepEvent event = new StepEvent();
    event.begin();
    try (var scope = Scope.open()) {
      LargestLogits logits =
          decoder.step(
              turns.stream().map(Turn::span).toList(), Math.min(largest, LargestLogits.MOST));
      int row = 0;
      for (Turn turn : turns) {
        take(turn, logits, row);
        row += turn.span().picked();
      }
    } catch (RuntimeException e) {
      turns.forEach(turn -> fail(turn.sequence(), e));
    }
    counts.steps++;
    counts.steppedSequences += turns.size();
    commit(event, turns);
  }

  private void commit(StepEvent event, List<Turn> turns) {
    if (event.shouldCommit()) {
      event.sequences = turns.size();
      for (Turn turn : turns) {
        int tokens = turn.span().ids().length;
        event.promptTokens += turn.reads() ? tokens : 0;
        event.answerTokens += turn.reads() ? 0 : tokens;
      }
      event.waiting = waiting.size();
      event.cacheBytes = decoder.cacheBytes();
      event.commit();
    }
  }

  private void take(Turn turn, LargestLogits logits, int row) {
    Sequence sequence = turn.sequence();
    int before = sequence.size();
    int count = turn.span().ids().length;
    waiting.served(sequence, count);
    counts.promptTokens += turn.reads() ? count : 0;
    if (turn.span().picked() == 0) {
      return;
    }
    try {
      sequence.take(logits, row, turn.guesses());
    } catch (RuntimeException e) {
      fail(sequence, e);
    }
    int added = sequence.size() - before;
    counts.generatedTokens += added;
    counts.guessed += turn.guesses().length;
    counts.accepted += turn.guesses().length == 0 ? 0 : Math.max(0, added - 1);
  }

  private void fail(Sequence sequence, RuntimeException reason) {
    if (active.remove(sequence)) {
      guesses.forget(sequence);
      sequence.close();
      waiting.leave(sequence);
      counts.finished++;
      sequence.tellFailure(reason);
    }
  }

  private void retire() {
    for (Sequence sequence : List.copyOf(active)) {
      if (sequence.isOver()) {
        active.remove(sequence);
        guesses.forget(sequence);
        keep(sequence);
        end(sequence);
      }
    }
  }

  private void end(Sequence sequence) {
    waiting.leave(sequence);
    counts.finished++;
    stats = count();
    sequence.tellEnd();
  }

  private void keep(Sequence sequence) {
    if (config.keptBytes() == 0) {
      sequence.close();
      return;
    }
    int length = sequence.cache().length();
    kept.keep(
        new PrefixCache.Known(
            sequence.ids(0, length), sequence.promptLength(), sequence.release()));
    long used = active.stream().mapToLong(other -> other.cache().bytes()).sum();
    while (kept.size() > 1 && decoder.cacheBytes() - used > config.keptBytes()) {
      kept.dropOldest();
    }
  }

  private EngineStats count() {
    return new EngineStats(
        active.size(),
        waiting.size(),
        decoder.cacheBytes(),
        cacheLimit,
        kept.size(),
        counts.finished,
        counts.promptTokens,
        counts.cachedPromptTokens,
        counts.generatedTokens,
        counts.steps,
        counts.steppedSequences,
        counts.preemptions,
        counts.guessed,
        counts.accepted);
  }

  /** Fails all requests. */
  void failAll(RuntimeException reason) {
    for (Sequence sequence : waiting.all()) {
      waiting.remove(sequence);
      sequence.tellFailure(reason);
    }
    List.copyOf(active).forEach(sequence -> fail(sequence, reason));
  }

  /** Ends all requests as cancelled. */
  @Override
  public void close() {
    cancel(sequence -> true);
    guesses.close();
    kept.close();
    stats = count();
  }
}
