package deepseek.text.grammar;

import deepseek.files.DataException;
import deepseek.text.grammar.Frame.Edge;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A compiled grammar: a nondeterministic pushdown automaton over bytes. A state is a set of
 * positions that take the next byte, each with the frame of its rule.
 *
 * <p>From a position, everything reachable within its rule without taking a byte is computed once
 * ({@link Closure}). Rules that are called there get one new frame per byte, whoever calls them;
 * since no rule is left-recursive, {@code rank} orders them such that callers come before callees.
 * A rule that can be empty is also skipped by its callers, so that new frames never return before
 * the next byte.
 */
final class Program {
  /** More than any grammar that a text can be matched with at a reasonable speed. */
  private static final int MAX_ITEMS = 20_000;

  /** A position that takes the next byte. */
  record Item(int position, Frame frame) {}

  /** A call of a rule; {@code tail} when nothing follows it in its rule. */
  private record Called(int rule, int position, int count, boolean tail) {}

  /** What is reachable within a rule without taking a byte. */
  private record Closure(List<Integer> matches, List<Called> calls, boolean ends) {}

  private final List<Position> positions;
  private final int[] starts;
  private final boolean[] nullable;
  private final int[] byRank;
  private final int[] rank;
  private final @Nullable Closure[] closures;
  private final Frame root = Frame.root();
  private final Map<Frame, WeakReference<Frame>> frames = new WeakHashMap<>();
  private final GrammarState start;

  /**
   * Takes a program without left recursion.
   *
   * @param positions of all rules
   * @param starts the first position of each rule; the first rule is the root
   * @param nullable which rules can be empty
   * @param names of the rules, for the error
   */
  Program(List<Position> positions, int[] starts, boolean[] nullable, List<String> names) {
    this.positions = List.copyOf(positions);
    this.starts = starts.clone();
    this.nullable = nullable.clone();
    this.closures = new Closure[positions.size()];
    this.byRank = byRank(names);
    this.rank = new int[starts.length];
    for (int i = 0; i < byRank.length; i++) {
      rank[byRank[i]] = i;
    }
    Step step = new Step();
    step.enter(0, root.edges());
    if (nullable[0]) {
      step.leave(root);
    }
    this.start = step.finish();
  }

  GrammarState start() {
    return start;
  }

  /** The state from which nothing is allowed. */
  GrammarState dead() {
    return new Step().finish();
  }

  Frame root() {
    return root;
  }

  /** The state after a byte. */
  GrammarState accept(Set<Item> items, int octet) {
    Step step = new Step();
    for (Item item : items) {
      if (positions.get(item.position) instanceof Position.Match match) {
        int next = match.next(octet);
        if (next >= 0) {
          step.reach(next, item.frame);
        }
      }
    }
    return step.finish();
  }

  /** The state after the rule with this frame has ended. */
  GrammarState after(Frame frame) {
    Step step = new Step();
    step.leave(frame);
    return step.finish();
  }

  /** The repetition whose body an edge returns from, if it does. */
  Position.@Nullable Counted counted(Edge edge) {
    return edge.count() > 0 && positions.get(edge.position()) instanceof Position.Counted counted
        ? counted
        : null;
  }

  /** The one frame with these edges. */
  Frame frame(Set<Edge> edges) {
    Frame made = new Frame(edges);
    synchronized (frames) {
      WeakReference<Frame> known = frames.get(made);
      Frame same = known == null ? null : known.get();
      if (same == null) {
        frames.put(made, new WeakReference<>(made));
        return made;
      }
      return same;
    }
  }

  private Closure closure(int position) {
    Closure known = closures[position];
    if (known == null) {
      known = reachable(position);
      closures[position] = known; // a race computes it twice
    }
    return known;
  }

  private Closure reachable(int from) {
    Set<Integer> seen = new HashSet<>(Set.of(from));
    Deque<Integer> open = new ArrayDeque<>(seen);
    List<Integer> matches = new ArrayList<>();
    List<Called> calls = new ArrayList<>();
    boolean ends = false;
    while (!open.isEmpty()) {
      int here = open.pop();
      List<Integer> next = new ArrayList<>();
      switch (positions.get(here)) {
        case Position.Match match -> matches.add(here);
        case Position.Split split -> {
          for (int to : split.next()) {
            next.add(to);
          }
        }
        case Position.Call call -> {
          boolean tail = positions.get(call.next()) instanceof Position.End;
          calls.add(new Called(call.rule(), call.next(), 0, tail));
          if (nullable[call.rule()]) {
            next.add(call.next());
          }
        }
        case Position.Counted counted -> {
          calls.add(new Called(counted.rule(), here, counted.more(0), false));
          if (counted.min() == 0) {
            next.add(counted.next());
          }
        }
        case Position.End end -> ends = true;
      }
      next.stream().filter(seen::add).forEach(open::push);
    }
    return new Closure(List.copyOf(matches), List.copyOf(calls), ends);
  }

  /** The rules, callers at the first byte before callees (Kahn's algorithm). */
  private int[] byRank(List<String> names) {
    int[] callers = new int[starts.length];
    for (int from : starts) {
      closure(from).calls.forEach(call -> callers[call.rule]++);
    }
    int[] order = new int[starts.length];
    int count = 0;
    for (int rule = 0; rule < starts.length; rule++) {
      if (callers[rule] == 0) {
        order[count++] = rule;
      }
    }
    for (int i = 0; i < count; i++) {
      for (Called call : closure(starts[order[i]]).calls) {
        if (--callers[call.rule] == 0) {
          order[count++] = call.rule;
        }
      }
    }
    for (int rule = 0; rule < starts.length; rule++) {
      if (callers[rule] > 0) {
        throw new DataException(
            "compile grammar",
            "rules that take a character before they refer to themselves",
            "'" + names.get(rule) + "', which is left-recursive or follows one that is",
            "write the repetition with * or +, or move the reference to the end");
      }
    }
    return order;
  }

  /** The work between two bytes. */
  private final class Step {
    private final Set<Item> items = new LinkedHashSet<>();
    private final Set<Edge> seen = new HashSet<>();
    private final Deque<Edge> open = new ArrayDeque<>();
    private final TreeMap<Integer, Set<Edge>> entered = new TreeMap<>();
    private boolean canEnd;

    void reach(int position, Frame frame) {
      reach(new Edge(position, 0, frame));
    }

    private void reach(Edge edge) {
      if (seen.add(edge)) {
        open.push(edge);
      }
    }

    void leave(Frame frame) {
      frame.edges().forEach(this::reach);
    }

    void enter(int rule, Set<Edge> edges) {
      entered.computeIfAbsent(rank[rule], r -> new LinkedHashSet<>()).addAll(edges);
    }

    GrammarState finish() {
      while (!open.isEmpty()) {
        Edge edge = open.pop();
        Position.Counted counted = counted(edge);
        if (edge.position() == Frame.FINISH) {
          canEnd = true;
        } else if (counted != null) {
          returned(edge, counted);
        } else {
          Closure closure = closure(edge.position());
          add(closure, edge.frame());
          if (closure.ends) {
            leave(edge.frame());
          }
        }
      }
      while (!entered.isEmpty()) {
        var first = entered.pollFirstEntry();
        add(closure(starts[byRank[first.getKey()]]), frame(first.getValue()));
      }
      return new GrammarState(Program.this, items, canEnd);
    }

    private void returned(Edge edge, Position.Counted counted) {
      if (edge.count() >= counted.min()) {
        reach(counted.next(), edge.frame());
      }
      if (edge.count() < counted.max()) {
        int more = counted.more(edge.count());
        enter(counted.rule(), Set.of(new Edge(edge.position(), more, edge.frame())));
      }
    }

    private void add(Closure closure, Frame frame) {
      closure.matches.forEach(position -> items.add(new Item(position, frame)));
      for (Called call : closure.calls) {
        enter(
            call.rule,
            call.tail ? frame.edges() : Set.of(new Edge(call.position, call.count, frame)));
      }
      if (items.size() > MAX_ITEMS) {
        throw new DataException(
            "match grammar",
            "at most " + MAX_ITEMS + " ways to continue a text",
            "more, the grammar is too ambiguous",
            "write it so that fewer rules begin alike");
      }
    }
  }
}
