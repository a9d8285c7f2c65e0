package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Folds constants: integer arithmetic on literals, neutral operands, branches with a known
 * condition, loops that run never or once, and local indices along an axis of size 1.
 *
 * <p>Floating-point operations are kept, except for those that are exact for every operand.
 */
final class ConstantFolding implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    List<Stmt> known =
        Rewrite.values(kernel.body(), value -> fold(ofOneItem(value, kernel.grid())));
    return kernel.withBody(simplify(known));
  }

  private static Expr ofOneItem(Expr value, Grid grid) {
    if (value instanceof Expr.WorkIndex index
        && grid instanceof Grid.Groups groups
        && groups.shape().get(index.axis()) == 1) {
      return switch (index.level()) {
        case LOCAL -> Expr.of(0);
        case GLOBAL -> new Expr.WorkIndex(Expr.Level.GROUP, index.axis());
        case GROUP -> index;
      };
    }
    return value;
  }

  private static List<Stmt> simplify(List<Stmt> body) {
    return body.stream()
        .map(s -> s.map(value -> value, ConstantFolding::simplify))
        .flatMap(ConstantFolding::simplify)
        .toList();
  }

  private static Stream<Stmt> simplify(Stmt statement) {
    return switch (statement) {
      case Stmt.If(Expr.BoolLiteral(boolean holds), List<Stmt> then, List<Stmt> otherwise) ->
          Rewrite.scoped(holds ? then : otherwise);
      case Stmt.For(
              Expr.Variable index,
              Expr.IntLiteral from,
              Expr.IntLiteral(int to),
              int step,
              Stmt.Hint _,
              List<Stmt> body)
          when from.value() >= (long) to - step -> {
        List<Stmt> once = Rewrite.substitute(body, index, from);
        yield from.value() < to
            ? Rewrite.scoped(simplify(Rewrite.values(once, ConstantFolding::fold)))
            : Stream.empty();
      }
      case Stmt other -> Stream.of(other);
    };
  }

  /** Simplifies {@code value}, whose operands are already folded. */
  static Expr fold(Expr value) {
    return switch (value) {
      case Expr.Binary binary -> fold(binary);
      case Expr.Compare(Expr.CompareOp op, Expr.IntLiteral(int left), Expr.IntLiteral(int right)) ->
          Expr.of(
              switch (op) {
                case LESS -> left < right;
                case LESS_OR_EQUAL -> left <= right;
                case EQUAL -> left == right;
                case NOT_EQUAL -> left != right;
              });
      case Expr.Select(Expr.BoolLiteral(boolean holds), Expr yes, Expr no) -> holds ? yes : no;
      case Expr.Unary(Expr.UnaryOp op, Expr.BoolLiteral(boolean operand))
          when op == Expr.UnaryOp.NOT ->
          Expr.of(!operand);
      case Expr.Unary(Expr.UnaryOp op, Expr.IntLiteral(int operand))
          when op == Expr.UnaryOp.NEGATE ->
          Expr.of(-operand);
      case Expr.Cast cast -> fold(cast);
      case Expr other -> other;
    };
  }

  private static Expr fold(Expr.Cast cast) {
    if (cast.type() == cast.operand().type()) {
      return cast.operand();
    }
    if (cast.operand() instanceof Expr.IntLiteral(int value)) {
      return switch (cast.type()) {
        case U32 -> Expr.word(value);
        case F32 -> Expr.of((float) value);
        case I32, BOOL -> cast;
      };
    }
    return cast;
  }

  private static Expr fold(Expr.Binary binary) {
    Optional<Integer> left = integer(binary.left());
    Optional<Integer> right = integer(binary.right());
    if (left.isPresent() && right.isPresent()) {
      return compute(binary, left.get(), right.get());
    }
    if (binary.left() instanceof Expr.BoolLiteral(boolean holds)) {
      return decided(binary, holds, binary.right());
    }
    if (binary.right() instanceof Expr.BoolLiteral(boolean holds)) {
      return decided(binary, holds, binary.left());
    }
    return right
        .flatMap(number -> neutral(binary, number))
        .or(() -> right.flatMap(number -> sumOfSum(binary, number)))
        .or(() -> left.flatMap(number -> neutralLeft(binary, number)))
        .orElse(binary);
  }

  private static Optional<Integer> integer(Expr value) {
    return switch (value) {
      case Expr.IntLiteral(int number) -> Optional.of(number);
      case Expr.WordLiteral(int bits) -> Optional.of(bits);
      case Expr _ -> Optional.empty();
    };
  }

  private static Expr compute(Expr.Binary binary, int a, int b) {
    boolean signed = binary.left() instanceof Expr.IntLiteral;
    // Operations that are undefined for these operands are kept.
    boolean open =
        switch (binary.op()) {
          case DIVIDE, REMAINDER -> b == 0 || (signed && (a < 0 || b < 0));
          case SHIFT_LEFT, SHIFT_RIGHT -> b < 0 || b >= Integer.SIZE;
          case ADD, SUBTRACT, MULTIPLY, MIN, MAX, AND, OR, XOR -> false;
        };
    if (open) {
      return binary;
    }
    int result =
        switch (binary.op()) {
          case ADD -> a + b;
          case SUBTRACT -> a - b;
          case MULTIPLY -> a * b;
          case DIVIDE -> signed ? a / b : Integer.divideUnsigned(a, b);
          case REMAINDER -> signed ? a % b : Integer.remainderUnsigned(a, b);
          case MIN -> isLess(signed, a, b) ? a : b;
          case MAX -> isLess(signed, a, b) ? b : a;
          case AND -> a & b;
          case OR -> a | b;
          case XOR -> a ^ b;
          case SHIFT_LEFT -> a << b;
          case SHIFT_RIGHT -> signed ? a >> b : a >>> b;
        };
    return signed ? Expr.of(result) : Expr.word(result);
  }

  private static boolean isLess(boolean signed, int a, int b) {
    return signed ? a < b : Integer.compareUnsigned(a, b) < 0;
  }

  /** AND and OR with one known operand. */
  private static Expr decided(Expr.Binary binary, boolean known, Expr other) {
    return switch (binary.op()) {
      case AND -> known ? other : Expr.of(false);
      case OR -> known ? Expr.of(true) : other;
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, MIN, MAX, XOR, SHIFT_LEFT, SHIFT_RIGHT ->
          binary;
    };
  }

  /** (a + b) + c with known b and c. */
  private static Optional<Expr> sumOfSum(Expr.Binary sum, int c) {
    boolean nested =
        sum.op() == Expr.BinaryOp.ADD
            && sum.left() instanceof Expr.Binary inner
            && inner.op() == Expr.BinaryOp.ADD;
    if (!nested) {
      return Optional.empty();
    }
    Expr.Binary inner = (Expr.Binary) sum.left();
    return integer(inner.right())
        .map(b -> sum.type() == ScalarType.I32 ? Expr.of(b + c) : Expr.word(b + c))
        .map(known -> fold(inner.left().plus(known)));
  }

  private static Optional<Expr> neutral(Expr.Binary binary, int right) {
    boolean keeps =
        switch (binary.op()) {
          case ADD, SUBTRACT, SHIFT_LEFT, SHIFT_RIGHT, OR, XOR -> right == 0;
          case MULTIPLY, DIVIDE -> right == 1;
          case AND -> right == -1;
          case REMAINDER, MIN, MAX -> false;
        };
    boolean clears = right == 0 && binary.op() == Expr.BinaryOp.MULTIPLY;
    return keeps
        ? Optional.of(binary.left())
        : clears ? Optional.of(Expr.zero(binary.type())) : Optional.empty();
  }

  private static Optional<Expr> neutralLeft(Expr.Binary binary, int left) {
    return switch (binary.op()) {
      case ADD, MULTIPLY, AND, OR, XOR ->
          neutral(
              new Expr.Binary(binary.op(), /* left= */ binary.right(), /* right= */ binary.left()),
              left);
      case SUBTRACT, DIVIDE, REMAINDER, MIN, MAX, SHIFT_LEFT, SHIFT_RIGHT -> Optional.empty();
    };
  }
}
