package deepseek.devices.runtime;

import static deepseek.devices.ir.ScalarType.I32;
import static deepseek.devices.ir.ScalarType.U32;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Random trees of operations on words, computed by the device and by Java. */
final class RandomExpressions {
  private static final int TREES = 150;
  private static final int DEPTH = 5;
  private static final int[] WORDS = {0, 1, 2, 31, 255, 0x7fffffff, 0x80000000, -1, 0x12345678};

  private final Random random;

  private RandomExpressions(Random random) {
    this.random = random;
  }

  static Kernel kernel(long seed) {
    return kernel(trees(seed));
  }

  private static List<Expr> trees(long seed) {
    RandomExpressions maker = new RandomExpressions(new Random(seed));
    Expr.Variable a = new Expr.Variable("a", U32);
    Expr.Variable b = new Expr.Variable("b", U32);
    return Stream.generate(() -> maker.word(List.of(a, b), DEPTH)).limit(TREES).toList();
  }

  private static Kernel kernel(List<Expr> trees) {
    int n = WORDS.length;
    return Kernel.describe(
        "trees",
        k -> {
          Buffer x = k.input("x", U32);
          Buffer y = k.output("y", U32);
          k.items(k.intParam("n"));
          k.let("a", x.at(k.item().over(n)));
          k.let("b", x.at(k.item().remainder(n)));
          Expr base = k.let("base", k.item().times(TREES));
          for (int i = 0; i < TREES; i++) {
            k.store(y, base.plus(i), trees.get(i));
          }
        });
  }

  static void check(DeviceRuntime runtime, long seed) {
    List<Expr> trees = trees(seed);
    int n = WORDS.length;
    try (DeviceBuffer x = runtime.allocate(n);
        DeviceBuffer y = runtime.allocate((long) n * n * TREES)) {
      x.write(WORDS);
      runtime.compile(kernel(trees)).launch(x, y, Scalar.of(n * n));
      int[] got = y.toInts();
      for (int i = 0; i < got.length; i++) {
        Expr tree = trees.get(i % TREES);
        int left = WORDS[i / TREES / n];
        int right = WORDS[i / TREES % n];
        assertThat(got[i])
            .as("%s of %d and %d", tree, left, right)
            .isEqualTo(value(tree, left, right));
      }
    }
  }

  private Expr word(List<Expr.Variable> variables, int depth) {
    if (depth == 0) {
      int choice = random.nextInt(3);
      return choice < 2 ? variables.get(choice) : Expr.word(WORDS[random.nextInt(WORDS.length)]);
    }
    Expr left = word(variables, random.nextInt(depth));
    Expr right = word(variables, random.nextInt(depth));
    return switch (random.nextInt(14)) {
      case 0 -> left.plus(right);
      case 1, 2 -> left.minus(right);
      case 3 -> left.times(right);
      case 4 -> left.over(right.or(Expr.word(1)));
      case 5 -> left.remainder(right.or(Expr.word(2)));
      case 6 -> left.and(right);
      case 7 -> left.or(right);
      case 8 -> left.xor(right);
      case 9 -> left.shiftLeft(random.nextInt(Integer.SIZE));
      case 10 -> left.shiftRight(right.and(31));
      case 11 -> left.min(right).max(word(variables, 0));
      case 12 -> left.not();
      default -> condition(left, right).choose(right, left);
    };
  }

  private Expr condition(Expr left, Expr right) {
    return switch (random.nextInt(4)) {
      case 0 -> left.less(right).or(left.equalTo(7));
      case 1 -> left.notEqualTo(right).and(right.lessOrEqual(left));
      case 2 -> left.toInt().less(right.toInt()).not();
      default -> left.less(right).and(left.equalTo(0).or(right.equalTo(1)));
    };
  }

  private static int value(Expr value, int a, int b) {
    return switch (value) {
      case Expr.Variable variable -> variable.name().equals("a") ? a : b;
      case Expr.WordLiteral(int bits) -> bits;
      case Expr.IntLiteral(int number) -> number;
      case Expr.Unary(Expr.UnaryOp _, Expr operand) -> ~value(operand, a, b);
      case Expr.Select(Expr condition, Expr yes, Expr no) ->
          holds(condition, a, b) ? value(yes, a, b) : value(no, a, b);
      case Expr.Cast cast -> value(cast.operand(), a, b);
      case Expr.Binary binary ->
          computed(binary.op(), value(binary.left(), a, b), value(binary.right(), a, b));
      case Expr other -> throw new IllegalStateException(other.toString());
    };
  }

  private static int computed(Expr.BinaryOp op, int a, int b) {
    return switch (op) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> Integer.divideUnsigned(a, b);
      case REMAINDER -> Integer.remainderUnsigned(a, b);
      case MIN -> Integer.compareUnsigned(a, b) < 0 ? a : b;
      case MAX -> Integer.compareUnsigned(a, b) > 0 ? a : b;
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case SHIFT_LEFT -> a << b;
      case SHIFT_RIGHT -> a >>> b;
    };
  }

  private static boolean holds(Expr condition, int a, int b) {
    return switch (condition) {
      case Expr.Compare(Expr.CompareOp op, Expr left, Expr right) -> {
        int x = value(left, a, b);
        int y = value(right, a, b);
        boolean signed = left.type() == I32;
        int order = signed ? Integer.compare(x, y) : Integer.compareUnsigned(x, y);
        yield switch (op) {
          case LESS -> order < 0;
          case LESS_OR_EQUAL -> order <= 0;
          case EQUAL -> order == 0;
          case NOT_EQUAL -> order != 0;
        };
      }
      case Expr.Unary(Expr.UnaryOp _, Expr operand) -> !holds(operand, a, b);
      case Expr.Binary(Expr.BinaryOp op, Expr left, Expr right) ->
          op == Expr.BinaryOp.AND
              ? holds(left, a, b) && holds(right, a, b)
              : holds(left, a, b) || holds(right, a, b);
      case Expr other -> throw new IllegalStateException(other.toString());
    };
  }
}
