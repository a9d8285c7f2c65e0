package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Stmt;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Rewrites all expressions, operands before the expressions that contain them. */
final class Rewrite {
  private Rewrite() {}

  static Expr value(Expr value, UnaryOperator<Expr> change) {
    return change.apply(value.map(part -> value(part, change)));
  }

  static List<Stmt> values(List<Stmt> body, UnaryOperator<Expr> change) {
    return body.stream()
        .map(s -> s.map(value -> value(value, change), nested -> values(nested, change)))
        .toList();
  }

  /** The same statements, wrapped in a block if they declare variables. */
  static Stream<Stmt> scoped(List<Stmt> body) {
    boolean declares =
        body.stream().anyMatch(s -> s instanceof Stmt.Declare || s instanceof Stmt.DeclareArray);
    return declares ? Stream.of(new Stmt.Block(body)) : body.stream();
  }

  /** Replaces each use of {@code variable}. */
  static List<Stmt> substitute(List<Stmt> body, Expr.Variable variable, Expr replacement) {
    return values(body, value -> value.equals(variable) ? replacement : value);
  }
}
