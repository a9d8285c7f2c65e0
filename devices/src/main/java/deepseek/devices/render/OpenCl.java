package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.ScalarType;
import java.util.Locale;
import java.util.stream.Collectors;

/** OpenCL C 1.2. */
final class OpenCl implements Dialect {
  @Override
  public void frame(Kernel kernel, Printer out) {
    out.line("__kernel __attribute__((reqd_work_group_size(%s)))".formatted(shape(kernel.grid())));
    out.function("__global %s%s *restrict %s");
  }

  private static String shape(Grid grid) {
    return grid.shapeOfThree().stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  @Override
  public String type(ScalarType type) {
    return switch (type) {
      case I32 -> "int";
      case U32 -> "uint";
      case F32 -> "float";
      case BOOL -> "bool";
    };
  }

  @Override
  public String function(Expr.UnaryOp op, ScalarType type) {
    return switch (op) {
      // OpenCL's abs returns an unsigned number.
      case ABS -> type == ScalarType.I32 ? "(int)abs" : "fabs";
      case ROUND -> "rint";
      case EXP, LOG, SQRT, SIN, COS, FLOOR -> op.name().toLowerCase(Locale.ROOT);
      case NEGATE, NOT -> throw new IllegalArgumentException(op + " is an operator");
    };
  }

  @Override
  public String extreme(Expr.BinaryOp op, ScalarType type) {
    return (type == ScalarType.F32 ? "f" : "") + op.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String fma() {
    return "fma";
  }

  @Override
  public String bits(ScalarType to, ScalarType from) {
    return "as_" + type(to);
  }

  @Override
  public String workIndex(Expr.WorkIndex index, Kernel kernel) {
    String function =
        switch (index.level()) {
          case GLOBAL -> "get_global_id";
          case GROUP -> "get_group_id";
          case LOCAL -> "get_local_id";
        };
    return "(int)%s(%d)".formatted(function, index.axis());
  }

  @Override
  public String barrier() {
    return "barrier(CLK_LOCAL_MEM_FENCE);";
  }

  @Override
  public String qualifier(Memory.Sharing sharing) {
    return sharing == Memory.Sharing.GROUP ? "__local " : "";
  }
}
