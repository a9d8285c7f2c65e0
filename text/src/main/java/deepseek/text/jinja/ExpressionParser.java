package deepseek.text.jinja;

import deepseek.text.jinja.Expr.Arguments;
import deepseek.text.jinja.Expr.Operator;
import deepseek.text.jinja.Expr.Relation;
import deepseek.text.jinja.Expr.Step;
import deepseek.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions, one method per level of precedence, lowest first. */
final class ExpressionParser {
  /** A chain such as {@code a + b + c …} nests one level per operator when evaluated. */
  private static final int MAX_CHAIN = 200;

  private static final Map<String, Object> CONSTANTS =
      Map.of(
          "true", true, "True", true, "false", false, "False", false, "none", None.NONE, "None",
          None.NONE);

  private final TokenStream in;
  private Set<String> names = new HashSet<>();

  ExpressionParser(TokenStream in) {
    this.in = in;
  }

  /** The variables used by the expressions parsed so far. */
  Set<String> names() {
    return names;
  }

  /** Collects them in {@code where} from now on, and returns the previous set. */
  Set<String> collectNames(Set<String> where) {
    names = where;
    return where;
  }

  Expr expression() {
    in.enter();
    Expr value = or();
    while (in.skipName("if")) {
      Expr condition = or();
      Optional<Expr> otherwise = in.skipName("else") ? Optional.of(expression()) : Optional.empty();
      value = new Expr.Conditional(condition, value, otherwise);
    }
    in.leave();
    return value;
  }

  /** Parses an expression that ends before {@code if}. */
  Expr withoutConditional() {
    return or();
  }

  /** Parses an expression, or a tuple of them without parentheses. */
  Expr tupleOrExpression() {
    Expr first = expression();
    if (!in.current().isOperator(",")) {
      return first;
    }
    List<Expr> items = new ArrayList<>(List.of(first));
    while (in.skipOperator(",") && !endsTuple()) {
      items.add(expression());
    }
    return new Expr.TupleOf(items);
  }

  private boolean endsTuple() {
    Token token = in.current();
    return token.kind() == Kind.OUTPUT_END
        || token.kind() == Kind.BLOCK_END
        || token.isOperator(")");
  }

  private Expr or() {
    Expr left = and();
    for (int i = 0; in.skipName("or"); i++) {
      left = new Expr.Or(left, and());
      checkChain(i);
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    for (int i = 0; in.skipName("and"); i++) {
      left = new Expr.And(left, not());
      checkChain(i);
    }
    return left;
  }

  private Expr not() {
    if (!in.current().isName("not")) {
      return comparison();
    }
    in.next();
    in.enter();
    Expr operand = not();
    in.leave();
    return new Expr.Not(operand);
  }

  private Expr comparison() {
    Expr first = sum();
    List<Step> steps = new ArrayList<>();
    for (Relation relation = relation(); relation != null; relation = relation()) {
      steps.add(new Step(relation, sum()));
    }
    return steps.isEmpty() ? first : new Expr.Comparison(first, steps);
  }

  private @Nullable Relation relation() {
    if (in.current().isName("not") && in.following().isName("in")) {
      in.next();
      in.next();
      return Relation.NOT_IN;
    }
    for (Relation relation : Relation.values()) {
      boolean found = relation == Relation.IN ? in.skipName("in") : in.skipOperator(relation.sign);
      if (found) {
        return relation;
      }
    }
    return null;
  }

  private Expr sum() {
    Expr left = concat();
    for (int i = 0; true; i++) {
      if (in.skipOperator("+")) {
        left = new Expr.Arithmetic(Operator.ADD, left, concat());
      } else if (in.skipOperator("-")) {
        left = new Expr.Arithmetic(Operator.SUBTRACT, left, concat());
      } else {
        return left;
      }
      checkChain(i);
    }
  }

  private Expr concat() {
    Expr first = product();
    if (!in.current().isOperator("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (in.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concat(parts);
  }

  private Expr product() {
    Expr left = power();
    for (int i = 0; true; i++) {
      Operator operator = productOperator();
      if (operator == null) {
        return left;
      }
      left = new Expr.Arithmetic(operator, left, power());
      checkChain(i);
    }
  }

  private @Nullable Operator productOperator() {
    for (Operator operator :
        List.of(Operator.MULTIPLY, Operator.DIVIDE, Operator.FLOOR_DIVIDE, Operator.MODULO)) {
      if (in.skipOperator(operator.sign)) {
        return operator;
      }
    }
    return null;
  }

  private Expr power() {
    Expr left = unary(true);
    for (int i = 0; in.skipOperator("**"); i++) {
      left = new Expr.Arithmetic(Operator.POWER, left, unary(true));
      checkChain(i);
    }
    return left;
  }

  /**
   * A filter applies to the whole of {@code -x}, so the operand of a sign is parsed without
   * filters.
   */
  private Expr unary(boolean withFilters) {
    in.enter();
    Expr value;
    if (in.skipOperator("-")) {
      value = new Expr.Negative(unary(false));
    } else if (in.skipOperator("+")) {
      value = new Expr.Positive(unary(false));
    } else {
      value = primary();
    }
    value = postfix(value);
    Expr result = withFilters ? filters(value) : value;
    in.leave();
    return result;
  }

  private Expr primary() {
    Token token = in.current();
    return switch (token.kind()) {
      case NAME -> {
        in.next();
        Object constant = CONSTANTS.get(token.text());
        if (constant != null) {
          yield new Expr.Literal(constant);
        }
        names.add(token.text());
        yield new Expr.Name(token.text());
      }
      case STRING -> string();
      case INTEGER -> {
        in.next();
        yield new Expr.Literal(integer(token));
      }
      case FLOAT -> {
        in.next();
        yield new Expr.Literal(Double.parseDouble(token.text()));
      }
      case OPERATOR -> bracketed(token);
      case DATA, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END ->
          throw in.expected("an expression");
    };
  }

  private static Long integer(Token token) {
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException e) {
      throw new Failure("a number beyond 64 bits: " + token.text(), token.line());
    }
  }

  private Expr string() {
    StringBuilder joined = new StringBuilder();
    while (in.current().kind() == Kind.STRING) {
      joined.append(in.next().text());
    }
    return new Expr.Literal(Str.of(joined.toString()));
  }

  private Expr bracketed(Token token) {
    return switch (token.text()) {
      case "(" -> parenthesised();
      case "[" -> {
        in.next();
        yield new Expr.ListOf(items("]"));
      }
      case "{" -> dict();
      default -> throw in.expected("an expression");
    };
  }

  private Expr parenthesised() {
    in.operator("(");
    if (in.skipOperator(")")) {
      return new Expr.TupleOf(List.of());
    }
    Expr value = tupleOrExpression();
    in.operator(")");
    return value;
  }

  private List<Expr> items(String close) {
    List<Expr> items = new ArrayList<>();
    while (!in.skipOperator(close)) {
      if (!items.isEmpty()) {
        in.operator(",");
        if (in.skipOperator(close)) {
          break;
        }
      }
      items.add(expression());
    }
    return items;
  }

  private Expr dict() {
    in.operator("{");
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!in.skipOperator("}")) {
      if (!keys.isEmpty()) {
        in.operator(",");
        if (in.skipOperator("}")) {
          break;
        }
      }
      keys.add(expression());
      in.operator(":");
      values.add(expression());
    }
    return new Expr.DictOf(keys, values);
  }

  private Expr postfix(Expr target) {
    Expr value = target;
    for (int i = 0; true; i++) {
      if (in.skipOperator(".")) {
        value = member(value);
      } else if (in.skipOperator("[")) {
        value = subscript(value);
      } else if (in.current().isOperator("(")) {
        value = new Expr.Call(value, arguments());
      } else {
        return value;
      }
      checkChain(i);
    }
  }

  private Expr member(Expr target) {
    if (in.current().kind() == Kind.INTEGER) {
      return new Expr.Item(target, new Expr.Literal(integer(in.next())));
    }
    return new Expr.Attribute(target, in.name());
  }

  private Expr subscript(Expr target) {
    Optional<Expr> from = boundary();
    if (in.skipOperator("]")) {
      return new Expr.Item(target, from.orElseThrow(() -> in.expected("an index")));
    }
    in.operator(":");
    Optional<Expr> to = boundary();
    Optional<Expr> step = in.skipOperator(":") ? boundary() : Optional.empty();
    in.operator("]");
    return new Expr.Slice(target, from, to, step);
  }

  private Optional<Expr> boundary() {
    boolean absent = in.current().isOperator(":") || in.current().isOperator("]");
    return absent ? Optional.empty() : Optional.of(expression());
  }

  Arguments arguments() {
    in.operator("(");
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    Optional<Expr> rest = Optional.empty();
    Optional<Expr> namedRest = Optional.empty();
    boolean first = true;
    while (!in.skipOperator(")")) {
      if (!first) {
        in.operator(",");
        if (in.skipOperator(")")) {
          break;
        }
      }
      first = false;
      if (in.skipOperator("**")) {
        namedRest = Optional.of(expression());
      } else if (in.skipOperator("*")) {
        rest = Optional.of(expression());
      } else if (in.current().kind() == Kind.NAME && in.following().isOperator("=")) {
        String name = in.name();
        in.operator("=");
        named.put(name, expression());
      } else if (named.isEmpty() && rest.isEmpty() && namedRest.isEmpty()) {
        positional.add(expression());
      } else {
        throw in.expected("a named argument");
      }
    }
    return new Arguments(positional, named, rest, namedRest);
  }

  private Expr filters(Expr target) {
    Expr value = target;
    for (int i = 0; true; i++) {
      if (in.skipOperator("|")) {
        value = new Expr.Filter(value, in.name(), optionalArguments());
      } else if (in.skipName("is")) {
        value = test(value);
      } else if (in.current().isOperator("(")) {
        value = new Expr.Call(value, arguments());
      } else {
        return value;
      }
      checkChain(i);
    }
  }

  Arguments optionalArguments() {
    return in.current().isOperator("(") ? arguments() : Arguments.NONE;
  }

  private Expr test(Expr target) {
    boolean negated = in.skipName("not");
    String name = in.name();
    Arguments arguments;
    if (in.current().isOperator("(")) {
      arguments = arguments();
    } else if (beginsTestArgument()) {
      arguments = Arguments.of(List.of(postfix(primary())));
    } else {
      arguments = Arguments.NONE;
    }
    Expr test = new Expr.Test(target, name, arguments);
    return negated ? new Expr.Not(test) : test;
  }

  private boolean beginsTestArgument() {
    Token token = in.current();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case NAME ->
          switch (token.text()) {
            case "else", "or", "and", "is", "if" -> false;
            default -> true;
          };
      case DATA, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END -> false;
    };
  }

  private void checkChain(int length) {
    if (length > MAX_CHAIN) {
      throw new Failure("more than " + MAX_CHAIN + " operators in a row", in.line());
    }
  }
}
