package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.ScalarType;

/** The precedence of C's operators, which is that of all targets. */
final class Precedence {
  static final int COMPARE = 7;
  static final int UNARY = 12;
  private static final int CHOICE = 1;
  private static final int PRIMARY = 13;

  private Precedence() {}

  static int of(Expr value) {
    return switch (value) {
      case Expr.Select _ -> CHOICE;
      case Expr.Compare _ -> COMPARE;
      case Expr.Cast _ -> UNARY;
      case Expr.Unary(Expr.UnaryOp op, Expr _) ->
          op == Expr.UnaryOp.NEGATE || op == Expr.UnaryOp.NOT ? UNARY : PRIMARY;
      case Expr.IntLiteral(int number) -> number < 0 ? UNARY : PRIMARY;
      case Expr.FloatLiteral(float number) -> number < 0 ? UNARY : PRIMARY;
      case Expr.Binary binary -> of(binary);
      case Expr.WordLiteral _,
          Expr.BoolLiteral _,
          Expr.Variable _,
          Expr.WorkIndex _,
          Expr.Fma _,
          Expr.Bits _,
          Expr.Load _ ->
          PRIMARY;
    };
  }

  private static int of(Expr.Binary binary) {
    boolean logic = binary.type() == ScalarType.BOOL;
    return switch (binary.op()) {
      case OR -> logic ? 2 : 4;
      case AND -> logic ? 3 : 6;
      case XOR -> 5;
      case SHIFT_LEFT, SHIFT_RIGHT -> 8;
      case ADD, SUBTRACT -> 9;
      case MULTIPLY, DIVIDE, REMAINDER -> 10;
      case MIN, MAX -> PRIMARY;
    };
  }

  /** As {@code binds}, with parentheses between bit operations, shifts and sums for readability. */
  static int leastInside(Expr.Binary whole, Expr part, int binds) {
    boolean mixed =
        part instanceof Expr.Binary inner
            && inner.op() != whole.op()
            && (isOfBits(whole) || isOfBits(inner));
    return mixed ? PRIMARY : binds;
  }

  private static boolean isOfBits(Expr.Binary binary) {
    return binary.type() != ScalarType.BOOL
        && switch (binary.op()) {
          case AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT -> true;
          case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, MIN, MAX -> false;
        };
  }

  static String spelt(Expr.CompareOp op) {
    return switch (op) {
      case LESS -> "<";
      case LESS_OR_EQUAL -> "<=";
      case EQUAL -> "==";
      case NOT_EQUAL -> "!=";
    };
  }

  static String spelt(Expr.Binary binary) {
    boolean logic = binary.type() == ScalarType.BOOL;
    return switch (binary.op()) {
      case ADD -> "+";
      case SUBTRACT -> "-";
      case MULTIPLY -> "*";
      case DIVIDE -> "/";
      case REMAINDER -> "%";
      case AND -> logic ? "&&" : "&";
      case OR -> logic ? "||" : "|";
      case XOR -> "^";
      case SHIFT_LEFT -> "<<";
      case SHIFT_RIGHT -> ">>";
      case MIN, MAX -> throw new IllegalArgumentException(binary.op() + " is a function");
    };
  }
}
