package deepseek.devices.render;

import deepseek.devices.ir.Argument;
import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Parameter;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints statements and expressions in the C syntax that all targets share. */
final class Printer {
  private final Dialect dialect;
  private final Kernel kernel;
  private final StringBuilder text = new StringBuilder();
  private int depth;

  Printer(Dialect dialect, Kernel kernel) {
    this.dialect = dialect;
    this.kernel = kernel;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  void line(String line) {
    text.append("  ".repeat(depth)).append(line).append('\n');
  }

  /** {@code head { body }}. */
  void block(String head, Runnable body) {
    line(head.isEmpty() ? "{" : head + " {");
    nested(body);
    line("}");
  }

  /**
   * Prints {@code void name(arguments)} with the kernel's body.
   *
   * @param buffer format string of a buffer argument: "const " or nothing, type and name
   */
  void function(String buffer) {
    String arguments =
        kernel.arguments().stream()
            .map(argument -> argument(argument, buffer))
            .collect(Collectors.joining(", "));
    block(
        "void " + kernel.name() + "(" + arguments + ")",
        () -> {
          sharedArrays();
          workIndices();
          body();
        });
  }

  private String argument(Argument argument, String buffer) {
    String type = dialect.type(argument.type());
    return switch (argument) {
      case Memory.Buffer b -> buffer.formatted(b.access().writes() ? "" : "const ", type, b.name());
      case Parameter parameter -> type + " " + parameter.name();
    };
  }

  private void nested(Runnable body) {
    depth++;
    body.run();
    depth--;
  }

  /** Declares the work indices of one level that the kernel uses as constants. */
  void workIndices(Expr.Level level) {
    kernel
        .values()
        .filter(value -> value instanceof Expr.WorkIndex index && index.level() == level)
        .map(Expr.WorkIndex.class::cast)
        .distinct()
        .sorted(Comparator.comparingInt(Expr.WorkIndex::axis))
        .forEach(
            index ->
                line(
                    "const %s %s = %s;"
                        .formatted(
                            dialect.type(ScalarType.I32),
                            name(index),
                            dialect.workIndex(index, kernel))));
  }

  void workIndices() {
    Arrays.stream(Expr.Level.values()).forEach(this::workIndices);
  }

  /** Declares the arrays that the items of a group share. */
  void sharedArrays() {
    kernel
        .statements()
        .filter(s -> s instanceof Stmt.DeclareArray(Memory.Array array) && isShared(array))
        .forEach(s -> array(((Stmt.DeclareArray) s).array()));
  }

  private static boolean isShared(Memory.Array array) {
    return array.sharing() == Memory.Sharing.GROUP;
  }

  private void array(Memory.Array array) {
    line(
        "%s%s %s[%d];"
            .formatted(
                dialect.qualifier(array.sharing()),
                dialect.type(array.type()),
                array.name(),
                array.size()));
  }

  void body() {
    body(kernel.body());
  }

  void body(List<Stmt> body) {
    body.forEach(this::statement);
  }

  private void statement(Stmt statement) {
    switch (statement) {
      case Stmt.Declare(Expr.Variable variable, Expr value) ->
          line("%s %s = %s;".formatted(type(variable), variable.name(), print(value)));
      case Stmt.DeclareArray(Memory.Array array) -> {
        if (!isShared(array)) {
          array(array);
        }
      }
      case Stmt.Assign(Expr.Variable variable, Expr value) ->
          line("%s = %s;".formatted(variable.name(), print(value)));
      case Stmt.Store(Memory memory, Expr index, Expr value) ->
          line("%s[%s] = %s;".formatted(memory.name(), print(index), print(value)));
      case Stmt.For loop -> loop(loop);
      case Stmt.If(Expr condition, List<Stmt> then, List<Stmt> otherwise) -> {
        line("if (" + print(condition) + ") {");
        nested(() -> body(then));
        if (!otherwise.isEmpty()) {
          line("} else {");
          nested(() -> body(otherwise));
        }
        line("}");
      }
      case Stmt.Block(List<Stmt> body) -> block("", () -> body(body));
      case Stmt.Barrier _ -> line(dialect.barrier());
      case Stmt.ForItems items -> dialect.items(kernel, items, this);
      case Stmt.GroupReduce _ -> throw new IllegalStateException("a reduction is left unlowered");
    }
  }

  private void loop(Stmt.For loop) {
    String index = loop.index().name();
    String next = loop.step() == 1 ? index + "++" : index + " += " + loop.step();
    dialect.hint(loop.hint()).forEach(this::line);
    block(
        "for (%s %s = %s; %s < %s; %s)"
            .formatted(
                type(loop.index()),
                index,
                print(loop.from()),
                index,
                print(loop.to(), Precedence.COMPARE + 1),
                next),
        () -> body(loop.body()));
  }

  private String type(Expr.Variable variable) {
    return dialect.type(variable.type());
  }

  String print(Expr value) {
    return print(value, 0);
  }

  /** {@code value}, in parentheses if it binds more loosely than {@code least}. */
  private String print(Expr value, int least) {
    int binds = Precedence.of(value);
    String printed = bare(value, binds);
    return binds < least ? "(" + printed + ")" : printed;
  }

  private String bare(Expr value, int binds) {
    return switch (value) {
      case Expr.IntLiteral(int number) ->
          number == Integer.MIN_VALUE ? "(-2147483647 - 1)" : String.valueOf(number);
      case Expr.WordLiteral(int bits) ->
          bits >= 0 && bits < 10 ? bits + "u" : "0x" + Integer.toHexString(bits) + "u";
      case Expr.FloatLiteral(float number) -> number(number);
      case Expr.BoolLiteral(boolean holds) -> String.valueOf(holds);
      case Expr.Variable variable -> variable.name();
      case Expr.WorkIndex index -> name(index);
      case Expr.Unary unary -> unary(unary);
      case Expr.Binary binary -> binary(binary, binds);
      case Expr.Compare(Expr.CompareOp op, Expr left, Expr right) ->
          print(left, binds + 1) + " " + Precedence.spelt(op) + " " + print(right, binds + 1);
      case Expr.Fma(Expr a, Expr b, Expr c) -> call(dialect.fma(), a, b, c);
      case Expr.Select(Expr condition, Expr yes, Expr no) ->
          "%s ? %s : %s"
              .formatted(print(condition, binds + 1), print(yes, binds + 1), print(no, binds));
      case Expr.Cast(ScalarType to, Expr operand) ->
          dialect.castsLikeCalls()
              ? call(dialect.type(to), operand)
              : "(" + dialect.type(to) + ")" + print(operand, Precedence.UNARY);
      case Expr.Bits(ScalarType to, Expr operand) ->
          to == operand.type()
              ? print(operand, binds)
              : call(dialect.bits(to, operand.type()), operand);
      case Expr.Load(Memory memory, Expr index) -> memory.name() + "[" + print(index) + "]";
    };
  }

  private String unary(Expr.Unary unary) {
    Expr operand = unary.operand();
    return switch (unary.op()) {
      case NEGATE -> "-" + print(operand, Precedence.UNARY + 1);
      case NOT ->
          (operand.type() == ScalarType.BOOL ? "!" : "~") + print(operand, Precedence.UNARY + 1);
      case ABS, EXP, LOG, SQRT, SIN, COS, FLOOR, ROUND ->
          call(dialect.function(unary.op(), operand.type()), operand);
    };
  }

  private String binary(Expr.Binary binary, int binds) {
    Expr left = binary.left();
    Expr right = binary.right();
    return switch (binary.op()) {
      case MIN, MAX -> call(dialect.extreme(binary.op(), binary.type()), left, right);
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT ->
          "%s %s %s"
              .formatted(
                  print(left, Precedence.leastInside(binary, left, binds)),
                  Precedence.spelt(binary),
                  print(right, Precedence.leastInside(binary, right, binds + 1)));
    };
  }

  private String call(String function, Expr... arguments) {
    return function
        + Arrays.stream(arguments).map(this::print).collect(Collectors.joining(", ", "(", ")"));
  }

  private static String number(float number) {
    return Float.toString(number).replace(".0E", "e").replace('E', 'e') + "f";
  }

  static String name(Expr.WorkIndex index) {
    return index.level().name().toLowerCase(Locale.ROOT) + "_" + index.axis();
  }
}
