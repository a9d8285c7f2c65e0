package deepseek.kernel.lower;

import deepseek.kernel.ir.Expr;
import deepseek.kernel.ir.Stmt;
import java.util.List;
import java.util.function.UnaryOperator;

/** Changes values everywhere, parts before wholes. */
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

  /** Replaces each use of {@code variable}. */
  static List<Stmt> substitute(List<Stmt> body, Expr.Variable variable, Expr replacement) {
    return values(body, value -> value.equals(variable) ? replacement : value);
  }
}
