package deepseek.devices.ir;

/**
 * The operators of {@link Expr}, as a fluent interface: {@code row.times(k).plus(i)}. A Java number
 * among the operands becomes a literal of this value's type.
 */
public sealed interface Arithmetic permits Expr {
  private Expr self() {
    return (Expr) this;
  }

  private Expr binary(Expr.BinaryOp op, Expr other) {
    return new Expr.Binary(op, self(), other);
  }

  private Expr unary(Expr.UnaryOp op) {
    return new Expr.Unary(op, self());
  }

  /** {@code value} in this value's type. */
  private Expr like(int value) {
    return switch (self().type()) {
      case I32, BOOL -> Expr.of(value);
      case U32 -> Expr.word(value);
      case F32 -> Expr.of((float) value);
    };
  }

  /** The sum. */
  default Expr plus(Expr other) {
    return binary(Expr.BinaryOp.ADD, other);
  }

  /** The sum with a literal. */
  default Expr plus(int other) {
    return plus(like(other));
  }

  /** The sum with an F32 literal. */
  default Expr plus(float other) {
    return plus(Expr.of(other));
  }

  /** The difference. */
  default Expr minus(Expr other) {
    return binary(Expr.BinaryOp.SUBTRACT, other);
  }

  /** The difference to a literal. */
  default Expr minus(int other) {
    return minus(like(other));
  }

  /** The product. */
  default Expr times(Expr other) {
    return binary(Expr.BinaryOp.MULTIPLY, other);
  }

  /** The product with a literal. */
  default Expr times(int other) {
    return times(like(other));
  }

  /** The product with an F32 literal. */
  default Expr times(float other) {
    return times(Expr.of(other));
  }

  /** The quotient; of integers, which must not be negative, rounded down. */
  default Expr over(Expr other) {
    return binary(Expr.BinaryOp.DIVIDE, other);
  }

  /** The quotient by a literal. */
  default Expr over(int other) {
    return over(like(other));
  }

  /** The quotient by {@code size}, rounded up. */
  default Expr piecesOf(int size) {
    return size == 1 ? self() : plus(size - 1).over(size);
  }

  /** The remainder of a division of integers, which must not be negative. */
  default Expr remainder(Expr other) {
    return binary(Expr.BinaryOp.REMAINDER, other);
  }

  /** The remainder of a division by a literal. */
  default Expr remainder(int other) {
    return remainder(like(other));
  }

  /** The smaller of two numbers. */
  default Expr min(Expr other) {
    return binary(Expr.BinaryOp.MIN, other);
  }

  /** The larger of two numbers. */
  default Expr max(Expr other) {
    return binary(Expr.BinaryOp.MAX, other);
  }

  /** Bitwise AND of integers, or short-circuit AND of conditions. */
  default Expr and(Expr other) {
    return binary(Expr.BinaryOp.AND, other);
  }

  /** Bitwise AND with a literal. */
  default Expr and(int mask) {
    return and(like(mask));
  }

  /** Bitwise OR of integers, or short-circuit OR of conditions. */
  default Expr or(Expr other) {
    return binary(Expr.BinaryOp.OR, other);
  }

  /** Bitwise XOR of integers. */
  default Expr xor(Expr other) {
    return binary(Expr.BinaryOp.XOR, other);
  }

  /** The bits shifted left by 0 to 31. */
  default Expr shiftLeft(Expr count) {
    return binary(Expr.BinaryOp.SHIFT_LEFT, count);
  }

  /** The bits shifted left by a literal count. */
  default Expr shiftLeft(int count) {
    return shiftLeft(Expr.of(count));
  }

  /** The bits shifted right by 0 to 31: arithmetic for I32, logical for U32. */
  default Expr shiftRight(Expr count) {
    return binary(Expr.BinaryOp.SHIFT_RIGHT, count);
  }

  /** The bits shifted right by a literal count. */
  default Expr shiftRight(int count) {
    return shiftRight(Expr.of(count));
  }

  /** Whether this is less than {@code other}. */
  default Expr less(Expr other) {
    return new Expr.Compare(Expr.CompareOp.LESS, self(), other);
  }

  /** Whether this is less than a literal. */
  default Expr less(int other) {
    return less(like(other));
  }

  /** Whether this is less than or equal to {@code other}. */
  default Expr lessOrEqual(Expr other) {
    return new Expr.Compare(Expr.CompareOp.LESS_OR_EQUAL, self(), other);
  }

  /** Whether both are equal. */
  default Expr equalTo(Expr other) {
    return new Expr.Compare(Expr.CompareOp.EQUAL, self(), other);
  }

  /** Whether this is equal to a literal. */
  default Expr equalTo(int other) {
    return equalTo(like(other));
  }

  /** Whether both differ. */
  default Expr notEqualTo(Expr other) {
    return new Expr.Compare(Expr.CompareOp.NOT_EQUAL, self(), other);
  }

  /** {@code yes} if this condition holds, else {@code no}; only that operand is evaluated. */
  default Expr choose(Expr yes, Expr no) {
    return new Expr.Select(self(), yes, no);
  }

  /** Bitwise complement of an integer, or negation of a condition. */
  default Expr not() {
    return unary(Expr.UnaryOp.NOT);
  }

  /** The number with its sign changed. */
  default Expr negate() {
    return unary(Expr.UnaryOp.NEGATE);
  }

  /** The absolute value. */
  default Expr abs() {
    return unary(Expr.UnaryOp.ABS);
  }

  /** e to the power of this F32. */
  default Expr exp() {
    return unary(Expr.UnaryOp.EXP);
  }

  /** The natural logarithm of this F32. */
  default Expr log() {
    return unary(Expr.UnaryOp.LOG);
  }

  /** The square root of this F32. */
  default Expr sqrt() {
    return unary(Expr.UnaryOp.SQRT);
  }

  /** The sine of this F32, in radians. */
  default Expr sin() {
    return unary(Expr.UnaryOp.SIN);
  }

  /** The cosine of this F32, in radians. */
  default Expr cos() {
    return unary(Expr.UnaryOp.COS);
  }

  /** The largest integer that is not above this F32, as an F32. */
  default Expr floor() {
    return unary(Expr.UnaryOp.FLOOR);
  }

  /** The nearest integer to this F32, ties to even, as an F32. */
  default Expr round() {
    return unary(Expr.UnaryOp.ROUND);
  }

  /** The number converted to F32. */
  default Expr toFloat() {
    return new Expr.Cast(ScalarType.F32, self());
  }

  /** The number converted to I32, without its fraction. */
  default Expr toInt() {
    return new Expr.Cast(ScalarType.I32, self());
  }

  /** The number converted to U32, without its fraction. */
  default Expr toWord() {
    return new Expr.Cast(ScalarType.U32, self());
  }

  /** The same 32 bits reinterpreted as F32. */
  default Expr bitsAsFloat() {
    return new Expr.Bits(ScalarType.F32, self());
  }

  /** The same 32 bits reinterpreted as U32. */
  default Expr bitsAsWord() {
    return new Expr.Bits(ScalarType.U32, self());
  }

  /** The {@code count} bits of a U32 from bit {@code from} on. */
  default Expr bits(int from, int count) {
    Expr moved = from == 0 ? self() : shiftRight(from);
    return from + count == Integer.SIZE ? moved : moved.and((1 << count) - 1);
  }

  /** The {@code count} bits of a U32 from bit {@code from} on, which is computed at run time. */
  default Expr bits(Expr from, int count) {
    return shiftRight(from).and((1 << count) - 1);
  }
}
