package deepseek.devices.ir;

/**
 * The operators of {@link Expr}, to be written one after the other: {@code row.times(k).plus(i)}.
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

  default Expr plus(Expr other) {
    return binary(Expr.BinaryOp.ADD, other);
  }

  default Expr plus(int other) {
    return plus(like(other));
  }

  default Expr plus(float other) {
    return plus(Expr.of(other));
  }

  default Expr minus(Expr other) {
    return binary(Expr.BinaryOp.SUBTRACT, other);
  }

  default Expr minus(int other) {
    return minus(like(other));
  }

  default Expr times(Expr other) {
    return binary(Expr.BinaryOp.MULTIPLY, other);
  }

  default Expr times(int other) {
    return times(like(other));
  }

  default Expr times(float other) {
    return times(Expr.of(other));
  }

  default Expr over(Expr other) {
    return binary(Expr.BinaryOp.DIVIDE, other);
  }

  default Expr over(int other) {
    return over(like(other));
  }

  /** How many pieces of {@code size} cover this many, the last one perhaps not full. */
  default Expr piecesOf(int size) {
    return size == 1 ? self() : plus(size - 1).over(size);
  }

  default Expr remainder(Expr other) {
    return binary(Expr.BinaryOp.REMAINDER, other);
  }

  default Expr remainder(int other) {
    return remainder(like(other));
  }

  default Expr min(Expr other) {
    return binary(Expr.BinaryOp.MIN, other);
  }

  default Expr max(Expr other) {
    return binary(Expr.BinaryOp.MAX, other);
  }

  default Expr and(Expr other) {
    return binary(Expr.BinaryOp.AND, other);
  }

  default Expr and(int mask) {
    return and(like(mask));
  }

  default Expr or(Expr other) {
    return binary(Expr.BinaryOp.OR, other);
  }

  default Expr xor(Expr other) {
    return binary(Expr.BinaryOp.XOR, other);
  }

  default Expr shiftLeft(Expr count) {
    return binary(Expr.BinaryOp.SHIFT_LEFT, count);
  }

  default Expr shiftLeft(int count) {
    return shiftLeft(Expr.of(count));
  }

  default Expr shiftRight(Expr count) {
    return binary(Expr.BinaryOp.SHIFT_RIGHT, count);
  }

  default Expr shiftRight(int count) {
    return shiftRight(Expr.of(count));
  }

  default Expr less(Expr other) {
    return new Expr.Compare(Expr.CompareOp.LESS, self(), other);
  }

  default Expr less(int other) {
    return less(like(other));
  }

  default Expr lessOrEqual(Expr other) {
    return new Expr.Compare(Expr.CompareOp.LESS_OR_EQUAL, self(), other);
  }

  default Expr equalTo(Expr other) {
    return new Expr.Compare(Expr.CompareOp.EQUAL, self(), other);
  }

  default Expr equalTo(int other) {
    return equalTo(like(other));
  }

  default Expr notEqualTo(Expr other) {
    return new Expr.Compare(Expr.CompareOp.NOT_EQUAL, self(), other);
  }

  /** {@code yes} where this condition holds, else {@code no}; the other is not evaluated. */
  default Expr choose(Expr yes, Expr no) {
    return new Expr.Select(self(), yes, no);
  }

  default Expr not() {
    return unary(Expr.UnaryOp.NOT);
  }

  default Expr negate() {
    return unary(Expr.UnaryOp.NEGATE);
  }

  default Expr abs() {
    return unary(Expr.UnaryOp.ABS);
  }

  default Expr exp() {
    return unary(Expr.UnaryOp.EXP);
  }

  default Expr log() {
    return unary(Expr.UnaryOp.LOG);
  }

  default Expr sqrt() {
    return unary(Expr.UnaryOp.SQRT);
  }

  default Expr sin() {
    return unary(Expr.UnaryOp.SIN);
  }

  default Expr cos() {
    return unary(Expr.UnaryOp.COS);
  }

  default Expr floor() {
    return unary(Expr.UnaryOp.FLOOR);
  }

  default Expr round() {
    return unary(Expr.UnaryOp.ROUND);
  }

  default Expr toFloat() {
    return new Expr.Cast(ScalarType.F32, self());
  }

  default Expr toInt() {
    return new Expr.Cast(ScalarType.I32, self());
  }

  default Expr toWord() {
    return new Expr.Cast(ScalarType.U32, self());
  }

  default Expr bitsAsFloat() {
    return new Expr.Bits(ScalarType.F32, self());
  }

  default Expr bitsAsWord() {
    return new Expr.Bits(ScalarType.U32, self());
  }

  /**
   * The {@code count} bits from bit {@code from} on, of an U32: its {@code from/count}-th piece.
   */
  default Expr bits(int from, int count) {
    Expr moved = from == 0 ? self() : shiftRight(from);
    return from + count == Integer.SIZE ? moved : moved.and((1 << count) - 1);
  }

  /** The same for a place that is known only at run time. */
  default Expr bits(Expr from, int count) {
    return shiftRight(from).and((1 << count) - 1);
  }
}
