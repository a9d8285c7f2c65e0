package deepseek.devices.ir;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A typed expression, evaluated by each work item; its constructors check the operands' types.
 *
 * <p>U32 wraps at 32 bits, I32 must not overflow; a shift's count is 0 to 31; right shifts of I32
 * are arithmetic; integer division and remainder need operands that are not negative and a divisor
 * that is not zero. Only the chosen operand of {@link Select} is evaluated, and AND and OR of
 * conditions short-circuit.
 */
public sealed interface Expr extends Arithmetic {
  /** The type of the result. */
  ScalarType type();

  /** The operands. */
  List<Expr> children();

  /** The same expression with each operand replaced by {@code change} of it. */
  Expr map(UnaryOperator<Expr> change);

  /** An I32 literal. */
  static Expr of(int value) {
    return new IntLiteral(value);
  }

  /**
   * An F32 literal.
   *
   * @throws deepseek.kernel.KernelException if it is infinite or NaN
   */
  static Expr of(float value) {
    return new FloatLiteral(value);
  }

  /** A U32 literal of these bits. */
  static Expr word(int bits) {
    return new WordLiteral(bits);
  }

  /** A literal condition. */
  static Expr of(boolean value) {
    return new BoolLiteral(value);
  }

  /** The zero of a type. */
  static Expr zero(ScalarType type) {
    return switch (type) {
      case I32 -> of(0);
      case U32 -> word(0);
      case F32 -> of(0f);
      case BOOL -> of(false);
    };
  }

  /** a·b + c, rounded once if the device has FMA. */
  static Expr fma(Expr a, Expr b, Expr c) {
    return new Fma(a, b, c);
  }

  /** An expression without operands. */
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

  /** A literal of type I32. */
  record IntLiteral(int value) implements Leaf {
    @Override
    public ScalarType type() {
      return ScalarType.I32;
    }
  }

  /** A literal of type U32. */
  record WordLiteral(int bits) implements Leaf {
    @Override
    public ScalarType type() {
      return ScalarType.U32;
    }
  }

  /** A finite literal of type F32. */
  record FloatLiteral(float value) implements Leaf {
    public FloatLiteral {
      Types.requireFinite(value);
    }

    @Override
    public ScalarType type() {
      return ScalarType.F32;
    }
  }

  /** A literal of type BOOL. */
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

  /** An index of the work item along an axis: in the grid, in its group, or of its group. */
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

  /** A function of one operand. */
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

  /** Functions of one operand; all but the first three take F32 only. */
  enum UnaryOp {
    NEGATE,
    /** Bitwise complement of an integer, or negation of a condition. */
    NOT,
    ABS,
    EXP,
    LOG,
    SQRT,
    SIN,
    COS,
    FLOOR,
    /** To the nearest integer, ties to even. */
    ROUND
  }

  /** A function of two operands. */
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

  /** Functions of two operands of the same type; a shift's count may be any integer type. */
  enum BinaryOp {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    REMAINDER,
    MIN,
    MAX,
    /** Bitwise for integers, short-circuit for conditions. */
    AND,
    OR,
    XOR,
    SHIFT_LEFT,
    SHIFT_RIGHT
  }

  /** A comparison of two operands. */
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

  /** Comparisons of two operands of the same type. */
  enum CompareOp {
    LESS,
    LESS_OR_EQUAL,
    EQUAL,
    NOT_EQUAL
  }

  /** a·b + c of F32 operands, rounded once if the device has FMA. */
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

  /** One of two operands of the same type, by a condition. */
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

  /** A conversion to another type: fractions are truncated, results out of range are undefined. */
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

  /** The same 32 bits reinterpreted as another type. */
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

  /** The word at an index of a buffer or an array. */
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
