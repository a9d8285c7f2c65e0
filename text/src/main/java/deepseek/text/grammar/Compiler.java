package deepseek.text.grammar;

import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compiles rules to a {@link Program}, each expression from its end to its beginning. */
final class Compiler {
  private static final String OPERATION = "compile grammar";
  private static final int MAX_POSITIONS = 1_000_000;
  private static final int MAX_COPIED = 100;
  private static final int END = 0;

  private final Map<String, Expression> rules;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<String, Boolean> nullable;
  private final List<String> names = new ArrayList<>();
  private final List<Integer> starts = new ArrayList<>();
  private final List<Boolean> empty = new ArrayList<>();
  private final List<Position> positions = new ArrayList<>();

  private Compiler(Map<String, Expression> rules) {
    this.rules = rules;
    this.nullable = flags(Compiler::canBeEmpty);
    positions.add(new Position.End());
  }

  /**
   * Compiles rules that refer only to each other; the first is the root.
   *
   * @throws DataException if a rule is left-recursive or can't end, or the program is too large
   */
  static Program compile(Map<String, Expression> rules) {
    return new Compiler(new LinkedHashMap<>(rules)).program();
  }

  private Program program() {
    rules.forEach(
        (name, body) -> numbers.put(name, rule(name, nullable.getOrDefault(name, false))));
    rules.forEach(
        (name, body) -> starts.set(numbers.getOrDefault(name, 0), compile(name, body, END)));
    Map<String, Boolean> finite = flags(Compiler::canEnd);
    for (String name : rules.keySet()) {
      if (!finite.containsKey(name)) {
        throw new DataException(
            OPERATION,
            "rules that some text satisfies",
            "'" + name + "', which always needs itself again",
            "give it an option without the recursion");
      }
    }
    boolean[] flags = new boolean[empty.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = empty.get(i);
    }
    return new Program(
        positions, starts.stream().mapToInt(Integer::intValue).toArray(), flags, names);
  }

  private int rule(String name, boolean canBeEmpty) {
    names.add(name);
    empty.add(canBeEmpty);
    starts.add(END);
    return names.size() - 1;
  }

  private interface Property {
    boolean holds(Expression expression, Map<String, Boolean> ofRules);
  }

  /** Which rules have a property, the least fixed point. */
  private Map<String, Boolean> flags(Property property) {
    Map<String, Boolean> found = new HashMap<>();
    List<String> order = new ArrayList<>(rules.keySet());
    boolean changed = true;
    while (changed) {
      changed = false;
      order = order.reversed(); // chains of references are followed in either direction
      for (String name : order) {
        if (!found.containsKey(name) && property.holds(body(name), found)) {
          found.put(name, true);
          changed = true;
        }
      }
    }
    return found;
  }

  private Expression body(String rule) {
    Expression body = rules.get(rule);
    if (body == null) {
      throw new DataException(
          OPERATION, "rules that are defined", "a reference to '" + rule + "'", "define it");
    }
    return body;
  }

  private static boolean canBeEmpty(Expression expression, Map<String, Boolean> ofRules) {
    return switch (expression) {
      case Expression.Text text -> text.text().isEmpty();
      case Expression.Chars chars -> false;
      case Expression.Sequence all -> all.parts().stream().allMatch(e -> canBeEmpty(e, ofRules));
      case Expression.Choice one -> one.options().stream().anyMatch(e -> canBeEmpty(e, ofRules));
      case Expression.Repeat repeat -> repeat.min() == 0 || canBeEmpty(repeat.body(), ofRules);
      case Expression.Reference reference -> ofRules.getOrDefault(reference.rule(), false);
    };
  }

  private static boolean canEnd(Expression expression, Map<String, Boolean> ofRules) {
    return switch (expression) {
      case Expression.Text text -> true;
      case Expression.Chars chars -> true;
      case Expression.Sequence all -> all.parts().stream().allMatch(e -> canEnd(e, ofRules));
      case Expression.Choice one -> one.options().stream().anyMatch(e -> canEnd(e, ofRules));
      case Expression.Repeat repeat -> repeat.min() == 0 || canEnd(repeat.body(), ofRules);
      case Expression.Reference reference -> ofRules.getOrDefault(reference.rule(), false);
    };
  }

  /** Whether a rule is so short that it is copied where it is used instead of called. */
  private static boolean isShort(Expression expression) {
    return size(expression) <= MAX_COPIED;
  }

  private static int size(Expression expression) {
    return switch (expression) {
      case Expression.Text text -> 1 + text.text().length();
      case Expression.Chars chars -> 1 + chars.points().rangeCount();
      case Expression.Sequence all -> size(all.parts());
      case Expression.Choice one -> size(one.options());
      case Expression.Repeat repeat -> MAX_COPIED + 1;
      case Expression.Reference reference -> MAX_COPIED + 1;
    };
  }

  private static int size(List<Expression> expressions) {
    int sum = 1;
    for (Expression expression : expressions) {
      sum += size(expression);
      if (sum > MAX_COPIED) {
        return sum;
      }
    }
    return sum;
  }

  /** Adds the positions of an expression that continues at {@code next}; returns the first. */
  private int compile(String rule, Expression expression, int next) {
    return switch (expression) {
      case Expression.Text text -> text(text.text(), next);
      case Expression.Chars chars -> new Utf8(this, next).compile(chars.points());
      case Expression.Sequence all -> {
        int start = next;
        for (Expression part : all.parts().reversed()) {
          start = compile(rule, part, start);
        }
        yield start;
      }
      case Expression.Choice one -> choice(rule, one.options(), next);
      case Expression.Repeat repeat -> repeat(rule, repeat, next);
      case Expression.Reference reference -> {
        Expression body = body(reference.rule());
        // A token often covers several matches of a short rule, which need no frame then.
        yield isShort(body)
            ? compile(rule, body, next)
            : add(new Position.Call(numbers.getOrDefault(reference.rule(), 0), next));
      }
    };
  }

  private int text(String text, int next) {
    byte[] utf8 = utf8(text);
    int start = next;
    for (int i = utf8.length - 1; i >= 0; i--) {
      int octet = utf8[i] & 0xFF;
      start = add(new Position.Match(new int[] {octet, octet, start}));
    }
    return start;
  }

  private static byte[] utf8(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new DataException(
          OPERATION, "characters of Unicode", "an unpaired surrogate", "correct the text");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private int choice(String rule, List<Expression> options, int next) {
    List<String> texts = new ArrayList<>();
    for (Expression option : options) {
      if (option instanceof Expression.Text text) {
        texts.add(text.text());
      }
    }
    if (texts.size() == options.size()) {
      return trie(texts, next);
    }
    return add(
        new Position.Split(
            options.stream().mapToInt(option -> compile(rule, option, next)).toArray()));
  }

  private static final class Node {
    private final TreeMap<Integer, Node> children = new TreeMap<>();
    private boolean ends;
    private int position;
  }

  /** Texts with common beginnings, such as the values of an enum. */
  private int trie(List<String> texts, int next) {
    List<Node> nodes = new ArrayList<>(List.of(new Node()));
    for (String text : texts) {
      Node node = nodes.getFirst();
      for (byte octet : utf8(text)) {
        node =
            node.children.computeIfAbsent(
                octet & 0xFF,
                o -> {
                  nodes.add(new Node());
                  return nodes.getLast();
                });
      }
      node.ends = true;
    }
    for (Node node : nodes.reversed()) {
      int[] edges = new int[3 * node.children.size()];
      int i = 0;
      for (Map.Entry<Integer, Node> child : node.children.entrySet()) {
        edges[i++] = child.getKey();
        edges[i++] = child.getKey();
        edges[i++] = child.getValue().position;
      }
      node.position = next;
      if (edges.length > 0) {
        int match = add(new Position.Match(edges));
        node.position = node.ends ? add(new Position.Split(new int[] {match, next})) : match;
      }
    }
    return nodes.getFirst().position;
  }

  private int repeat(String rule, Expression.Repeat repeat, int next) {
    boolean canBeEmpty = canBeEmpty(repeat.body(), nullable);
    int min = canBeEmpty ? 0 : repeat.min();
    int max = repeat.max();
    if (max == Expression.UNBOUNDED && min <= 1) {
      int loop = add(new Position.End());
      int body = compile(rule, repeat.body(), loop);
      positions.set(loop, new Position.Split(new int[] {body, next}));
      return min == 0 ? loop : body;
    }
    if (max <= 1) {
      int body = max == 0 ? next : compile(rule, repeat.body(), next);
      return min == 0 ? add(new Position.Split(new int[] {body, next})) : body;
    }
    int counted = rule("part of " + rule, canBeEmpty);
    starts.set(counted, compile(rule, repeat.body(), END));
    return add(new Position.Counted(counted, min, max, next));
  }

  int add(Position position) {
    if (positions.size() == MAX_POSITIONS) {
      throw new DataException(
          OPERATION,
          "a grammar of at most " + MAX_POSITIONS + " positions",
          "a larger one",
          "use fewer or shorter texts, or name what is repeated as a rule");
    }
    positions.add(position);
    return positions.size() - 1;
  }
}
