package deepseek.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An expression of a template. */
sealed interface Expr {
  record Literal(Object value) implements Expr {}

  record Name(String name) implements Expr {}

  record ListOf(List<Expr> items) implements Expr {}

  record TupleOf(List<Expr> items) implements Expr {}

  record DictOf(List<Expr> keys, List<Expr> values) implements Expr {}

  /** {@code target.name}. */
  record Attribute(Expr target, String name) implements Expr {}

  /** {@code target[key]}. */
  record Item(Expr target, Expr key) implements Expr {}

  /** {@code target[from:to:step]}. */
  record Slice(Expr target, Optional<Expr> from, Optional<Expr> to, Optional<Expr> step)
      implements Expr {}

  record Call(Expr target, Arguments arguments) implements Expr {}

  /** {@code target | name(arguments)}. */
  record Filter(Expr target, String name, Arguments arguments) implements Expr {}

  /** {@code target is name(arguments)}. */
  record Test(Expr target, String name, Arguments arguments) implements Expr {}

  record Not(Expr operand) implements Expr {}

  record And(Expr left, Expr right) implements Expr {}

  record Or(Expr left, Expr right) implements Expr {}

  record Negative(Expr operand) implements Expr {}

  record Positive(Expr operand) implements Expr {}

  record Arithmetic(Operator operator, Expr left, Expr right) implements Expr {}

  /** {@code a ~ b ~ c}. */
  record Concat(List<Expr> parts) implements Expr {}

  /** {@code first < a <= b}: true if every adjacent pair is. */
  record Comparison(Expr first, List<Step> steps) implements Expr {}

  /** {@code value if condition else otherwise}. */
  record Conditional(Expr condition, Expr value, Optional<Expr> otherwise) implements Expr {}

  /** One comparison with the preceding value. */
  record Step(Relation relation, Expr right) {}

  /**
   * Arguments of a call, filter or test.
   *
   * @param rest {@code *rest}: a list of more positional ones
   * @param namedRest {@code **namedRest}: a dict of more named ones
   */
  record Arguments(
      List<Expr> positional,
      Map<String, Expr> named,
      Optional<Expr> rest,
      Optional<Expr> namedRest) {
    static final Arguments NONE = of(List.of());

    static Arguments of(List<Expr> positional) {
      return new Arguments(positional, Map.of(), Optional.empty(), Optional.empty());
    }
  }

  enum Operator {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("**");

    final String sign;

    Operator(String sign) {
      this.sign = sign;
    }
  }

  enum Relation {
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    IN("in"),
    NOT_IN("not in");

    final String sign;

    Relation(String sign) {
      this.sign = sign;
    }
  }
}
