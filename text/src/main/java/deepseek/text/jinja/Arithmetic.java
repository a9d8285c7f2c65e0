package deepseek.text.jinja;

import deepseek.text.jinja.Expr.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's operators on numbers, texts and lists. */
final class Arithmetic {
  private final Budget budget;

  Arithmetic(Budget budget) {
    this.budget = budget;
  }

  Object apply(Operator operator, Object left, Object right) {
    Values.defined(left);
    Values.defined(right);
    if (operator == Operator.ADD && left instanceof Str a && right instanceof Str b) {
      return new StrBuilder(budget).append(a).append(b).str();
    }
    if (operator == Operator.ADD && left instanceof List<?> a && right instanceof List<?> b) {
      return concat(a, b);
    }
    if (operator == Operator.MULTIPLY && (isSequence(left) || isSequence(right))) {
      return isSequence(left) ? repeat(left, right) : repeat(right, left);
    }
    if (operator == Operator.MODULO && left instanceof Str format) {
      List<Object> values = right instanceof Tuple tuple ? tuple : List.of(right);
      return new PercentFormat(budget).apply(format, new Args(values, Map.of()));
    }
    if (!Values.isNumber(left) || !Values.isNumber(right)) {
      throw new Failure(
          Values.type(left) + " " + operator.sign + " " + Values.type(right) + " is not defined");
    }
    boolean whole = Values.isWhole(left) && Values.isWhole(right) && operator != Operator.DIVIDE;
    boolean root = operator == Operator.POWER && whole && Values.whole(right, "") < 0;
    return whole && !root
        ? whole(operator, Values.whole(left, ""), Values.whole(right, ""))
        : real(operator, Values.real(left, ""), Values.real(right, ""));
  }

  private static boolean isSequence(Object value) {
    return value instanceof Str || value instanceof List<?>;
  }

  private Object concat(List<?> a, List<?> b) {
    if (a instanceof Tuple != b instanceof Tuple) {
      throw new Failure(Values.type(a) + " + " + Values.type(b) + " is not defined");
    }
    budget.items((long) a.size() + b.size());
    List<Object> joined = new ArrayList<>(a.size() + b.size());
    joined.addAll(a);
    joined.addAll(b);
    return a instanceof Tuple ? new Tuple(joined) : joined;
  }

  private Object repeat(Object sequence, Object times) {
    long count = Math.max(0, Values.whole(times, "the number of repetitions"));
    if (sequence instanceof Str text) {
      return new StrBuilder(budget).append(text, count).str();
    }
    List<Object> items = Values.items(sequence, budget);
    budget.charge((long) items.size() * Budget.ITEM, count);
    List<Object> repeated = new ArrayList<>();
    for (long i = 0; i < count && !items.isEmpty(); i++) {
      repeated.addAll(items);
    }
    return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
  }

  private static Object whole(Operator operator, long left, long right) {
    try {
      return switch (operator) {
        case ADD -> Math.addExact(left, right);
        case SUBTRACT -> Math.subtractExact(left, right);
        case MULTIPLY -> Math.multiplyExact(left, right);
        case FLOOR_DIVIDE -> Math.floorDivExact(left, nonZero(right));
        case MODULO -> Math.floorMod(left, nonZero(right));
        case POWER -> Math.powExact(left, Math.toIntExact(right));
        case DIVIDE -> throw new AssertionError("true division is done on doubles");
      };
    } catch (ArithmeticException e) {
      throw new Failure("a whole number beyond 64 bits");
    }
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw new Failure("a division by zero");
    }
    return divisor;
  }

  private static Object real(Operator operator, double left, double right) {
    boolean divides =
        operator == Operator.DIVIDE
            || operator == Operator.FLOOR_DIVIDE
            || operator == Operator.MODULO;
    if (divides && right == 0) {
      throw new Failure("a division by zero");
    }
    return switch (operator) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case FLOOR_DIVIDE -> Math.floor(left / right);
      case MODULO -> left - right * Math.floor(left / right);
      case POWER -> Math.pow(left, right);
    };
  }

  static Object negate(Object value) {
    return Values.isWhole(value)
        ? whole(Operator.SUBTRACT, 0, Values.whole(value, ""))
        : (Object) (-Values.real(Values.defined(value), "a negated value"));
  }

  static Object plus(Object value) {
    return Values.isWhole(value)
        ? (Object) Values.whole(value, "")
        : (Object) Values.real(Values.defined(value), "a signed value");
  }
}
