package deepseek.text.jinja;

import deepseek.text.jinja.Statement.Branch;
import deepseek.text.jinja.Statement.FilterCall;
import deepseek.text.jinja.Statement.Parameter;
import deepseek.text.jinja.Statement.Target;
import deepseek.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Parses statements. */
final class Parser {
  private final TokenStream in;
  private final ExpressionParser expressions;

  private Parser(TokenStream in) {
    this.in = in;
    this.expressions = new ExpressionParser(in);
  }

  static List<Statement> parse(String source) {
    return new Parser(new TokenStream(Lexer.tokens(source))).body(Set.of());
  }

  /** Parses statements up to a block whose name is in {@code ends}, and consumes that name. */
  private List<Statement> body(Set<String> ends) {
    in.enter();
    int begin = in.line();
    List<Statement> body = new ArrayList<>();
    while (true) {
      Token token = in.next();
      switch (token.kind()) {
        case DATA -> body.add(new Statement.Text(token.text(), token.line()));
        case OUTPUT_BEGIN -> {
          body.add(new Statement.Output(expressions.tupleOrExpression(), token.line()));
          in.kind(Kind.OUTPUT_END);
        }
        case BLOCK_BEGIN -> {
          if (in.current().kind() == Kind.NAME && ends.contains(in.current().text())) {
            in.leave();
            return body;
          }
          body.add(statement(token.line()));
        }
        case END -> {
          if (!ends.isEmpty()) {
            throw new Failure("no {% " + String.join(" %} or {% ", ends) + " %}", begin);
          }
          in.leave();
          return body;
        }
        case OUTPUT_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
            throw new Failure("an unexpected " + token.describe(), token.line());
      }
    }
  }

  private Statement statement(int line) {
    String name = in.name();
    return switch (name) {
      case "if" -> ifBlock(line);
      case "for" -> forLoop(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> callBlock(line);
      case "filter" -> filterBlock(line);
      case "with" -> with(line);
      case "generation" -> {
        endTag();
        yield new Statement.Generation(bodyUntil("endgeneration"), line);
      }
      case "break" -> {
        endTag();
        yield new Statement.Break(line);
      }
      case "continue" -> {
        endTag();
        yield new Statement.Continue(line);
      }
      case "include", "import", "from", "extends", "block", "do", "trans", "autoescape" ->
          throw new Failure("{% " + name + " %}, which chat templates can't use", line);
      default -> throw new Failure("an unknown tag {% " + name + " %}", line);
    };
  }

  private void endTag() {
    in.kind(Kind.BLOCK_END);
  }

  private List<Statement> bodyUntil(String end) {
    List<Statement> body = body(Set.of(end));
    in.next();
    endTag();
    return body;
  }

  private Statement ifBlock(int line) {
    List<Branch> branches = new ArrayList<>();
    while (true) {
      Expr condition = expressions.tupleOrExpression();
      endTag();
      branches.add(new Branch(condition, body(Set.of("elif", "else", "endif"))));
      String next = in.name();
      if (next.equals("elif")) {
        continue;
      }
      endTag();
      List<Statement> otherwise = next.equals("else") ? bodyUntil("endif") : List.of();
      return new Statement.If(branches, otherwise, line);
    }
  }

  private Statement forLoop(int line) {
    Target target = target();
    if (!in.skipName("in")) {
      throw in.expected("'in'");
    }
    Expr items = iterable();
    Optional<Expr> filter =
        in.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean recursive = in.skipName("recursive");
    endTag();
    List<Statement> body = body(Set.of("else", "endfor"));
    String next = in.name();
    endTag();
    List<Statement> otherwise = next.equals("else") ? bodyUntil("endfor") : List.of();
    return new Statement.For(target, items, filter, recursive, body, otherwise, line);
  }

  /** Parses an expression without a conditional, since {@code if} begins the loop's filter here. */
  private Expr iterable() {
    Expr first = expressions.withoutConditional();
    if (!in.current().isOperator(",")) {
      return first;
    }
    List<Expr> items = new ArrayList<>(List.of(first));
    while (in.skipOperator(",")) {
      items.add(expressions.withoutConditional());
    }
    return new Expr.TupleOf(items);
  }

  private Statement set(int line) {
    Target target = target();
    if (in.skipOperator("=")) {
      Expr value = expressions.tupleOrExpression();
      endTag();
      return new Statement.Set(target, value, line);
    }
    List<FilterCall> filters = new ArrayList<>();
    while (in.skipOperator("|")) {
      filters.add(new FilterCall(in.name(), expressions.optionalArguments()));
    }
    endTag();
    return new Statement.SetBlock(target, filters, bodyUntil("endset"), line);
  }

  private Target target() {
    Target first = oneTarget();
    if (!in.current().isOperator(",")) {
      return first;
    }
    List<Target> targets = new ArrayList<>(List.of(first));
    while (in.skipOperator(",") && !in.current().isName("in") && !in.current().isOperator("=")) {
      targets.add(oneTarget());
    }
    return new Target.Several(targets);
  }

  private Target oneTarget() {
    if (in.skipOperator("(")) {
      in.enter();
      Target inner = target();
      in.leave();
      in.operator(")");
      return inner;
    }
    String name = in.name();
    return in.skipOperator(".") ? new Target.Field(name, in.name()) : new Target.Variable(name);
  }

  private Statement.Macro macro(int line) {
    String name = in.name();
    List<Parameter> parameters = parameters();
    endTag();
    return macro(name, parameters, "endmacro", line);
  }

  private Statement.Macro macro(String name, List<Parameter> parameters, String end, int line) {
    Set<String> outside = expressions.names();
    Set<String> inside = expressions.collectNames(new HashSet<>());
    List<Statement> body = bodyUntil(end);
    outside.addAll(inside);
    expressions.collectNames(outside);
    return new Statement.Macro(name, parameters, body, inside, line);
  }

  private List<Parameter> parameters() {
    in.operator("(");
    List<Parameter> parameters = new ArrayList<>();
    while (!in.skipOperator(")")) {
      if (!parameters.isEmpty()) {
        in.operator(",");
        if (in.skipOperator(")")) {
          break;
        }
      }
      String name = in.name();
      parameters.add(
          new Parameter(
              name,
              in.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty()));
    }
    return parameters;
  }

  private Statement callBlock(int line) {
    List<Parameter> parameters = in.current().isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Expr.Call call)) {
      throw new Failure("{% call %} without a call", line);
    }
    endTag();
    return new Statement.CallBlock(call, macro("caller", parameters, "endcall", line), line);
  }

  private Statement filterBlock(int line) {
    List<FilterCall> filters = new ArrayList<>();
    do {
      filters.add(new FilterCall(in.name(), expressions.optionalArguments()));
    } while (in.skipOperator("|"));
    endTag();
    return new Statement.FilterBlock(filters, bodyUntil("endfilter"), line);
  }

  private Statement with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (in.current().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        in.operator(",");
      }
      targets.add(oneTarget());
      in.operator("=");
      values.add(expressions.expression());
    }
    endTag();
    return new Statement.With(targets, values, bodyUntil("endwith"), line);
  }
}
