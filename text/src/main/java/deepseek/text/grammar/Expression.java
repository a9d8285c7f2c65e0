package deepseek.text.grammar;

import java.util.List;

/** The right-hand side of a rule. */
sealed interface Expression {
  int UNBOUNDED = Integer.MAX_VALUE;

  Expression EMPTY = new Text("");

  /** Exactly this text. */
  record Text(String text) implements Expression {}

  /** One character of a set that isn't empty. */
  record Chars(CodePoints points) implements Expression {}

  /** All parts, one after the other. */
  record Sequence(List<Expression> parts) implements Expression {}

  /** One of the options, of which there is at least one. */
  record Choice(List<Expression> options) implements Expression {}

  /** The body, {@code min} to {@code max} times. */
  record Repeat(Expression body, int min, int max) implements Expression {}

  /** Another rule. */
  record Reference(String rule) implements Expression {}

  static Expression chars(String set) {
    return new Chars(CodePoints.of(set));
  }

  static Expression chars(int first, int last) {
    return new Chars(CodePoints.range(first, last));
  }

  static Expression text(String text) {
    return new Text(text);
  }

  static Expression sequence(Expression... parts) {
    return new Sequence(List.of(parts));
  }

  static Expression choice(Expression... options) {
    return new Choice(List.of(options));
  }

  static Expression optional(Expression body) {
    return new Repeat(body, 0, 1);
  }

  static Expression any(Expression body) {
    return new Repeat(body, 0, UNBOUNDED);
  }
}
