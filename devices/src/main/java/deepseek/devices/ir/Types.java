package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The type checks of expressions and statements. */
final class Types {
  private Types() {}

  static void check(Expr.UnaryOp op, Expr operand) {
    ScalarType type = operand.type();
    boolean fits =
        switch (op) {
          case NEGATE, ABS -> type == ScalarType.I32 || type == ScalarType.F32;
          case NOT -> type != ScalarType.F32;
          case EXP, LOG, SQRT, SIN, COS, FLOOR, ROUND -> type == ScalarType.F32;
        };
    if (!fits) {
      throw wrong(spoken(op), op == Expr.UnaryOp.NOT ? "an integer or BOOL" : "F32", operand);
    }
  }

  static void check(Expr.BinaryOp op, Expr left, Expr right) {
    String operation = spoken(op);
    switch (op) {
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, MIN, MAX -> {
        requireSame(operation, left, right);
        if (!left.type().isWord()) {
          throw wrong(operation, "numbers", left, right);
        }
      }
      case REMAINDER, XOR -> {
        requireSame(operation, left, right);
        requireIntegers(operation, left, right);
      }
      case AND, OR -> {
        requireSame(operation, left, right);
        if (left.type() == ScalarType.F32) {
          throw wrong(operation, "integers or conditions", left, right);
        }
      }
      case SHIFT_LEFT, SHIFT_RIGHT -> requireIntegers(operation, left, right);
    }
  }

  static void check(Expr.CompareOp op, Expr left, Expr right) {
    requireSame(spoken(op), left, right);
    if (!left.type().isWord()) {
      throw wrong(spoken(op), "numbers", left, right);
    }
  }

  static void require(String operation, ScalarType type, Expr value) {
    if (value.type() != type) {
      throw wrong(operation, type.name(), value);
    }
  }

  static void requireSame(String operation, Expr left, Expr right) {
    if (left.type() != right.type()) {
      throw wrong(operation, "operands of one type", left, right);
    }
  }

  static void requireFloats(String operation, Expr... values) {
    for (Expr value : values) {
      require(operation, ScalarType.F32, value);
    }
  }

  static void requireWords(String operation, ScalarType to, Expr value) {
    if (!to.isWord() || !value.type().isWord()) {
      throw new KernelException(
          operation, "I32, U32 or F32", value.type() + " to " + to, "use choose for conditions");
    }
  }

  static void requireLoad(Memory memory, Expr index) {
    requireIndex("load from " + memory.name(), index);
    if (memory instanceof Memory.Buffer buffer && !buffer.access().reads()) {
      throw new KernelException(
          "load from " + memory.name(),
          "a buffer that is read",
          "one that is only written",
          "declare it with inout");
    }
  }

  static void requireStore(Memory memory, Expr index, Expr value) {
    String operation = "store to " + memory.name();
    requireIndex(operation, index);
    require(operation, memory.type(), value);
    if (memory instanceof Memory.Buffer buffer && !buffer.access().writes()) {
      throw new KernelException(
          operation,
          "a buffer that is written",
          "one that is only read",
          "declare it with output or inout");
    }
  }

  private static void requireIndex(String operation, Expr index) {
    if (!index.type().isInteger()) {
      throw new KernelException(
          operation, "an index of I32 or U32", index.type().name(), "cast it with toInt()");
    }
  }

  static void requireAxis(int axis) {
    if (axis < 0 || axis >= Grid.MOST_AXES) {
      throw new KernelException(
          "ask for a work index", "axis 0, 1 or 2", String.valueOf(axis), "a grid has three axes");
    }
  }

  static void requireFinite(float value) {
    if (!Float.isFinite(value)) {
      throw new KernelException(
          "write a literal",
          "a finite number",
          String.valueOf(value),
          "use ±Float.MAX_VALUE: not every target has a way to write it");
    }
  }

  private static void requireIntegers(String operation, Expr left, Expr right) {
    if (!left.type().isInteger() || !right.type().isInteger()) {
      throw wrong(operation, "integers", left, right);
    }
  }

  private static KernelException wrong(String operation, String expected, Expr... got) {
    return new KernelException(
        operation,
        expected,
        Arrays.stream(got).map(value -> value.type().name()).collect(Collectors.joining(" and ")),
        "cast with toInt(), toFloat(), toWord()");
  }

  private static String spoken(Enum<?> op) {
    return op.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
