package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Parameter;
import deepseek.devices.ir.ScalarType;
import java.util.List;
import java.util.Locale;

/** GLSL 4.50 for Vulkan: buffers are bindings 0, 1, .. of set 0, parameters push constants. */
final class Glsl implements Dialect {
  @Override
  public void frame(Kernel kernel, Printer out) {
    List<Integer> shape = kernel.grid().shapeOfThree();
    out.line("#version 450");
    out.line(
        "layout(local_size_x = %d, local_size_y = %d, local_size_z = %d) in;"
            .formatted(shape.toArray()));
    for (int i = 0; i < kernel.buffers().size(); i++) {
      out.line(binding(kernel.buffers().get(i), i));
    }
    if (!kernel.parameters().isEmpty()) {
      out.line("layout(push_constant) uniform Parameters {");
      for (Parameter parameter : kernel.parameters()) {
        out.line("  %s %s;".formatted(type(parameter.type()), parameter.name()));
      }
      out.line("};");
    }
    out.sharedArrays();
    out.block(
        "void main()",
        () -> {
          out.workIndices();
          out.body();
        });
  }

  private String binding(Memory.Buffer buffer, int number) {
    String access =
        switch (buffer.access()) {
          case READ -> "readonly ";
          case WRITE -> "writeonly ";
          case READ_WRITE -> "";
        };
    return "layout(std430, binding = %d) restrict %sbuffer Binding%d { %s %s[]; };"
        .formatted(number, access, number, type(buffer.type()), buffer.name());
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
      case ROUND -> "roundEven";
      case ABS, EXP, LOG, SQRT, SIN, COS, FLOOR -> op.name().toLowerCase(Locale.ROOT);
      case NEGATE, NOT -> throw new IllegalArgumentException(op + " is an operator");
    };
  }

  @Override
  public String extreme(Expr.BinaryOp op, ScalarType type) {
    return op.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String fma() {
    return "fma";
  }

  @Override
  public boolean castsLikeCalls() {
    return true;
  }

  @Override
  public String bits(ScalarType to, ScalarType from) {
    return switch (to) {
      case F32 -> from == ScalarType.U32 ? "uintBitsToFloat" : "intBitsToFloat";
      case U32 -> from == ScalarType.F32 ? "floatBitsToUint" : "uint";
      case I32 -> from == ScalarType.F32 ? "floatBitsToInt" : "int";
      case BOOL -> throw new IllegalArgumentException("a condition has no bits");
    };
  }

  @Override
  public String workIndex(Expr.WorkIndex index, Kernel kernel) {
    String builtin =
        switch (index.level()) {
          case GLOBAL -> "gl_GlobalInvocationID";
          case GROUP -> "gl_WorkGroupID";
          case LOCAL -> "gl_LocalInvocationID";
        };
    return "int(%s.%c)".formatted(builtin, Dialect.letter(index.axis()));
  }

  @Override
  public String barrier() {
    return "memoryBarrierShared(); barrier();";
  }

  @Override
  public String qualifier(Memory.Sharing sharing) {
    return sharing == Memory.Sharing.GROUP ? "shared " : "";
  }
}
