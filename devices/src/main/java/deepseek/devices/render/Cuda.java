package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.ScalarType;
import java.util.Locale;

/** CUDA C++ without headers, which NVRTC doesn't need. */
final class Cuda implements Dialect {
  @Override
  public void frame(Kernel kernel, Printer out) {
    int items = kernel.grid().shape().stream().reduce(1, (a, b) -> a * b);
    out.line("extern \"C\" __global__ __launch_bounds__(%d)".formatted(items));
    out.function("%s%s *__restrict__ %s");
  }

  @Override
  public String type(ScalarType type) {
    return switch (type) {
      case I32 -> "int";
      case U32 -> "unsigned int";
      case F32 -> "float";
      case BOOL -> "bool";
    };
  }

  @Override
  public String function(Expr.UnaryOp op, ScalarType type) {
    return switch (op) {
      case ABS -> type == ScalarType.I32 ? "abs" : "fabsf";
      case ROUND -> "rintf";
      case EXP, LOG, SQRT, SIN, COS, FLOOR -> op.name().toLowerCase(Locale.ROOT) + "f";
      case NEGATE, NOT -> throw new IllegalArgumentException(op + " is an operator");
    };
  }

  @Override
  public String extreme(Expr.BinaryOp op, ScalarType type) {
    String name = op.name().toLowerCase(Locale.ROOT);
    return type == ScalarType.F32 ? "f" + name + "f" : name;
  }

  @Override
  public String fma() {
    return "fmaf";
  }

  @Override
  public String bits(ScalarType to, ScalarType from) {
    if (to.isInteger() && from.isInteger()) {
      return "(" + type(to) + ")";
    }
    return "__%s_as_%s".formatted(shortName(from), shortName(to));
  }

  private static String shortName(ScalarType type) {
    return switch (type) {
      case I32 -> "int";
      case U32 -> "uint";
      case F32 -> "float";
      case BOOL -> throw new IllegalArgumentException("a condition has no bits");
    };
  }

  @Override
  public String workIndex(Expr.WorkIndex index, Kernel kernel) {
    char axis = Dialect.letter(index.axis());
    return switch (index.level()) {
      case GLOBAL -> "(int)(blockIdx.%1$c * blockDim.%1$c + threadIdx.%1$c)".formatted(axis);
      case GROUP -> "(int)blockIdx.%c".formatted(axis);
      case LOCAL -> "(int)threadIdx.%c".formatted(axis);
    };
  }

  @Override
  public String barrier() {
    return "__syncthreads();";
  }

  @Override
  public String qualifier(Memory.Sharing sharing) {
    return sharing == Memory.Sharing.GROUP ? "__shared__ " : "";
  }
}
