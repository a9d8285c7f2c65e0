package deepseek.devices.ir;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A typed value of one work item; making one checks its types.
 *
 * <p>U32 wraps at 32 bits, I32 must stay within them; a shift's count is 0 to 31; shifts to the
 * right keep the sign of an I32; quotients round to zero and, like remainders, want operands that
 * are not negative and a divisor that is not zero. Only the chosen side of {@link Select} is
 * evaluated, and only as much of AND and OR as decides.
 */
public sealed interface Expr extends Arithmetic {
  ScalarType type();

  /** The values this one is made of. */
  List<Expr> children();

  /** The same value made of changed parts. */
  Expr map(UnaryOperator<Expr> change);

  static Expr of(int value) {
    return new IntLiteral(value);
  }

  static Expr of(float value) {
    return new FloatLiteral(value);
  }

  /** An U32 of these bits. */
  static Expr word(int bits) {
    return new WordLiteral(bits);
  }

  static Expr of(boolean value) {
    return new BoolLiteral(value);
  }

  static Expr zero(ScalarType type) {
    return switch (type) {
      case I32 -> of(0);
      case U32 -> word(0);
      case F32 -> of(0f);
      case BOOL -> of(false);
    };
  }

  /** a·b + c, rounded once where the machine can. */
  static Expr fma(Expr a, Expr b, Expr c) {
    return new Fma(a, b, c);
  }

  /** A value that is made of no others. */
  sealed interface Leaf extends Expr {
    @Override
    default List<Expr> children() {
      return List.of();
    }

    @Override
    default Expr map(UnaryOperator<Expr> change) {
      return this;
    }
  }

  record IntLiteral(int value) implements Leaf {
    @Override
    public ScalarType type() {
      return ScalarType.I32;
    }
  }

  record WordLiteral(int bits) implements Leaf {
    @Override
    public ScalarType type() {
      return ScalarType.U32;
    }
  }

  record FloatLiteral(float value) implements Leaf {
    public FloatLiteral {
      Types.requireFinite(value);
    }

    @Override
    public ScalarType type() {
      return ScalarType.F32;
    }
  }

  record BoolLiteral(boolean value) implements Leaf {
    @Override
    public ScalarType type() {
      return ScalarType.BOOL;
    }
  }

  /** A declared variable, a loop's index or a parameter. */
  record Variable(String name, ScalarType type) implements Leaf {
    public Variable {
      Names.check("name a variable", name);
    }
  }

  /** Where the item is: in the grid, in its group, or which group it is in. */
  record WorkIndex(Level level, int axis) implements Leaf {
    public WorkIndex {
      Types.requireAxis(axis);
    }

    @Override
    public ScalarType type() {
      return ScalarType.I32;
    }
  }

  /** What a {@link WorkIndex} counts. */
  enum Level {
    GLOBAL,
    GROUP,
    LOCAL
  }

  record Unary(UnaryOp op, Expr operand) implements Expr {
    public Unary {
      Types.check(op, operand);
    }

    @Override
    public ScalarType type() {
      return operand.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(operand);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Unary(op, change.apply(operand));
    }
  }

  /** Functions of one value; all but the first three are of F32 only. */
  enum UnaryOp {
    NEGATE,
    /** Of the bits of an integer, or of a condition. */
    NOT,
    ABS,
    EXP,
    LOG,
    SQRT,
    SIN,
    COS,
    FLOOR,
    /** To the nearest whole number, halves to the even one. */
    ROUND
  }

  record Binary(BinaryOp op, Expr left, Expr right) implements Expr {
    public Binary {
      Types.check(op, left, right);
    }

    @Override
    public ScalarType type() {
      return left.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(left, right);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Binary(op, change.apply(left), change.apply(right));
    }
  }

  /** Functions of two values of one type; a shift's count may be any integer. */
  enum BinaryOp {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    REMAINDER,
    MIN,
    MAX,
    /** Of integers' bits or of conditions. */
    AND,
    OR,
    XOR,
    SHIFT_LEFT,
    SHIFT_RIGHT
  }

  record Compare(CompareOp op, Expr left, Expr right) implements Expr {
    public Compare {
      Types.check(op, left, right);
    }

    @Override
    public ScalarType type() {
      return ScalarType.BOOL;
    }

    @Override
    public List<Expr> children() {
      return List.of(left, right);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Compare(op, change.apply(left), change.apply(right));
    }
  }

  /** How two values of one type are compared. */
  enum CompareOp {
    LESS,
    LESS_OR_EQUAL,
    EQUAL,
    NOT_EQUAL
  }

  record Fma(Expr a, Expr b, Expr c) implements Expr {
    public Fma {
      Types.requireFloats("fma", a, b, c);
    }

    @Override
    public ScalarType type() {
      return ScalarType.F32;
    }

    @Override
    public List<Expr> children() {
      return List.of(a, b, c);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Fma(change.apply(a), change.apply(b), change.apply(c));
    }
  }

  record Select(Expr condition, Expr yes, Expr no) implements Expr {
    public Select {
      Types.require("choose", ScalarType.BOOL, condition);
      Types.requireSame("choose", yes, no);
    }

    @Override
    public ScalarType type() {
      return yes.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(condition, yes, no);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Select(change.apply(condition), change.apply(yes), change.apply(no));
    }
  }

  /** The same number in another type; a fraction is dropped; out of range it is undefined. */
  record Cast(ScalarType type, Expr operand) implements Expr {
    public Cast {
      Types.requireWords("cast to " + type, type, operand);
    }

    @Override
    public List<Expr> children() {
      return List.of(operand);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Cast(type, change.apply(operand));
    }
  }

  /** The same 32 bits read as another type. */
  record Bits(ScalarType type, Expr operand) implements Expr {
    public Bits {
      Types.requireWords("read bits as " + type, type, operand);
    }

    @Override
    public List<Expr> children() {
      return List.of(operand);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Bits(type, change.apply(operand));
    }
  }

  record Load(Memory memory, Expr index) implements Expr {
    public Load {
      Types.requireLoad(memory, index);
    }

    @Override
    public ScalarType type() {
      return memory.type();
    }

    @Override
    public List<Expr> children() {
      return List.of(index);
    }

    @Override
    public Expr map(UnaryOperator<Expr> change) {
      return new Load(memory, change.apply(index));
    }
  }
}
