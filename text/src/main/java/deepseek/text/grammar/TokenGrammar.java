package deepseek.text.grammar;

import deepseek.files.DataException;
import deepseek.text.grammar.Frame.Edge;
import deepseek.text.grammar.Program.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grammar over a model's tokens: which of them may come next. Thread-safe; one is enough for all
 * answers that follow the grammar, each with a state of its own.
 *
 * <pre>{@code
 * var tokens = new TokenGrammar(Grammar.json(), TokenVocabulary.of(tokenizer));
 * GrammarState state = tokens.start();
 * tokens.mask(state).apply(logits);
 * state = tokens.accept(state, largest(logits));
 * }</pre>
 *
 * <p>Most tokens are decided within the rule that a state is in, whoever called it. Those are found
 * once for each position: the allowed tokens, and the nodes of the vocabulary's tree at which the
 * rule ends, from where the caller decides ({@link Local}). Masks of whole states are cached too.
 */
public final class TokenGrammar {
  private static final int MAX_MASKS = 1024;

  /**
   * What a position allows.
   *
   * @param allowed tokens within the rule, or with the last byte of it
   * @param exits nodes at which the rule may end, with tokens below
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared or shared
  private record Local(long[] allowed, int[] exits) {}

  /** A state with the states after each byte, as far as they have been needed. */
  private static final class Step {
    private final GrammarState state;
    private final @Nullable Step[] next = new Step[256];

    Step(GrammarState state) {
      this.state = state;
    }
  }

  private final Grammar grammar;
  private final TokenVocabulary vocabulary;
  private final Map<GrammarState, TokenMask> masks = new Recent<>();
  private final Map<List<Integer>, Local> locals = new Recent<>();

  /** Combines the two; masks are computed when they are asked for. */
  public TokenGrammar(Grammar grammar, TokenVocabulary vocabulary) {
    this.grammar = grammar;
    this.vocabulary = vocabulary;
  }

  /** The state before the first token. */
  public GrammarState start() {
    return grammar.start();
  }

  /**
   * The tokens after which the text is still the beginning of a text of the grammar, and the end
   * tokens if it is complete.
   */
  public TokenMask mask(GrammarState state) {
    synchronized (masks) {
      TokenMask known = masks.get(state);
      if (known != null) {
        return known;
      }
    }
    TokenMask made = compute(state);
    synchronized (masks) {
      masks.put(state, made);
    }
    return made;
  }

  /**
   * The state after one more token: unchanged by an end token of a complete text, dead after a
   * token that the mask doesn't allow.
   */
  public GrammarState accept(GrammarState state, int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new DataException(
          "accept token",
          "an id below " + vocabulary.size(),
          id + "",
          "check that the vocabulary belongs to this model");
    }
    if (vocabulary.isEnd(id) && state.canEnd()) {
      return state;
    }
    byte[] bytes = vocabulary.bytes(id);
    return bytes.length == 0 ? state.program().dead() : state.accept(bytes);
  }

  private TokenMask compute(GrammarState state) {
    long[] words = new long[(vocabulary.size() + 63) / 64];
    Map<GrammarState, Step> steps = new HashMap<>();
    for (Item item : state.items()) {
      add(item, state.program(), words, steps);
    }
    if (state.canEnd()) {
      for (int id : vocabulary.endIds()) {
        words[id >> 6] |= 1L << id;
      }
    }
    return new TokenMask(words);
  }

  private void add(Item item, Program program, long[] words, Map<GrammarState, Step> steps) {
    List<Integer> key = new ArrayList<>(List.of(item.position()));
    List<Edge> counts = new ArrayList<>();
    Frame caller = item.frame();
    while (caller.edges().size() == 1) {
      Edge edge = caller.edges().iterator().next();
      Position.Counted counted = program.counted(edge);
      if (counted == null) {
        break;
      }
      key.addAll(List.of(edge.position(), missing(counted, edge), left(counted, edge)));
      counts.add(edge);
      caller = edge.frame();
    }
    if (caller.edges().stream().anyMatch(edge -> program.counted(edge) != null)) {
      // Several counts at once, so that a caller isn't one frame.
      walk(0, new GrammarState(program, Set.of(item), false), words, steps);
      return;
    }
    Local local = local(key, item.position(), counts, program);
    for (int i = 0; i < local.allowed.length; i++) {
      words[i] |= local.allowed[i];
    }
    GrammarState after = local.exits.length == 0 ? program.dead() : program.after(caller);
    for (int node : local.exits) {
      walk(node, after, words, steps);
    }
  }

  /** The repetitions still needed; no token can tell more than its bytes apart. */
  private int missing(Position.Counted counted, Edge edge) {
    return Math.clamp((long) counted.min() - edge.count(), 0, vocabulary.longest() + 1);
  }

  /** The repetitions still allowed, likewise. */
  private int left(Position.Counted counted, Edge edge) {
    return Math.min(counted.max() - edge.count(), vocabulary.longest() + 1);
  }

  private Local local(List<Integer> key, int position, List<Edge> counts, Program program) {
    synchronized (locals) {
      Local known = locals.get(key);
      if (known != null) {
        return known;
      }
    }
    Frame frame = program.root();
    for (Edge edge : counts.reversed()) {
      frame = program.frame(Set.of(new Edge(edge.position(), edge.count(), frame)));
    }
    long[] allowed = new long[(vocabulary.size() + 63) / 64];
    GrammarState start = new GrammarState(program, Set.of(new Item(position, frame)), false);
    Local made = new Local(allowed, walk(0, start, allowed, new HashMap<>()));
    synchronized (locals) {
      locals.put(key, made);
    }
    return made;
  }

  /**
   * Marks the tokens below a node that are allowed from a state.
   *
   * @return the nodes with others below at which the text may end
   */
  private int[] walk(int from, GrammarState state, long[] words, Map<GrammarState, Step> steps) {
    int base = vocabulary.depth(from);
    Step[] path = new Step[vocabulary.longest() - base + 1];
    path[0] = steps.computeIfAbsent(state, Step::new);
    int[] ends = new int[16];
    int count = 0;
    int limit = vocabulary.end(from);
    for (int node = from + 1; node < limit; ) {
      int depth = vocabulary.depth(node) - base;
      Step step = next(path[depth - 1], vocabulary.last(node), steps);
      if (step.state.isDead()) {
        node = vocabulary.end(node);
        continue;
      }
      path[depth] = step;
      vocabulary.mark(node, words);
      if (step.state.canEnd() && vocabulary.end(node) > node + 1) {
        if (count == ends.length) {
          ends = Arrays.copyOf(ends, 2 * count);
        }
        ends[count++] = node;
      }
      node++;
    }
    return Arrays.copyOf(ends, count);
  }

  private static Step next(Step step, byte octet, Map<GrammarState, Step> steps) {
    Step next = step.next[octet & 0xFF];
    if (next == null) {
      next = steps.computeIfAbsent(step.state.accept(octet), Step::new);
      step.next[octet & 0xFF] = next;
    }
    return next;
  }

  /** The most recently used entries. */
  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > MAX_MASKS;
    }
  }
}
