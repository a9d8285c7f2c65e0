package deepseek.text.grammar;

import static deepseek.text.grammar.Expression.EMPTY;
import static deepseek.text.grammar.Expression.chars;
import static deepseek.text.grammar.Expression.sequence;
import static deepseek.text.grammar.Expression.text;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Decimal numbers from {@code min} to {@code max}, both included. */
record IntegerRange(BigInteger min, BigInteger max) {

  /** The range is not empty. */
  Expression expression() {
    List<Expression> options = new ArrayList<>();
    if (max.signum() >= 0) {
      unsigned(min.max(BigInteger.ZERO), max, "", options);
    }
    if (min.signum() < 0) {
      unsigned(max.negate().max(BigInteger.ONE), min.negate(), "-", options);
    }
    return new Expression.Choice(options);
  }

  private static void unsigned(
      BigInteger min, BigInteger max, String sign, List<Expression> options) {
    int longest = max.toString().length();
    for (int length = min.toString().length(); length <= longest; length++) {
      BigInteger power = BigInteger.TEN.pow(length);
      BigInteger first = length == 1 ? BigInteger.ZERO : power.divide(BigInteger.TEN);
      String low = min.max(first).toString();
      String high = max.min(power.subtract(BigInteger.ONE)).toString();
      options.add(sequence(text(sign), between(low, high)));
    }
  }

  /** Of equal length. */
  private static Expression between(String low, String high) {
    if (low.isEmpty()) {
      return EMPTY;
    }
    if (low.equals("0".repeat(low.length())) && high.equals("9".repeat(high.length()))) {
      return digits(low.length());
    }
    char first = low.charAt(0);
    char last = high.charAt(0);
    if (first == last) {
      return sequence(text(low.substring(0, 1)), between(low.substring(1), high.substring(1)));
    }
    List<Expression> options = new ArrayList<>();
    options.add(sequence(text(low.substring(0, 1)), atLeast(low.substring(1))));
    if (first + 1 < last) {
      options.add(sequence(chars(first + 1, last - 1), digits(low.length() - 1)));
    }
    options.add(sequence(text(high.substring(0, 1)), atMost(high.substring(1))));
    return new Expression.Choice(options);
  }

  private static Expression atLeast(String low) {
    return between(low, "9".repeat(low.length()));
  }

  private static Expression atMost(String high) {
    return between("0".repeat(high.length()), high);
  }

  private static Expression digits(int count) {
    return new Expression.Repeat(chars('0', '9'), count, count);
  }
}
