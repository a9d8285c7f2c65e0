package deepseek.devices.render;

import deepseek.devices.ir.Argument;
import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Parameter;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import deepseek.devices.lower.Lowering;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * C11, as {@code void name(void *const *arguments, int64_t begin, int64_t end)}.
 *
 * <p>{@code arguments[i]} points to the words of a buffer or to a parameter's value; the range
 * counts the items of a kernel over items, otherwise groups, with axis 0 the fastest; threads may
 * run ranges concurrently. It needs the compiler's own headers only, and links to libm.
 */
final class C implements Dialect {
  private static final Map<String, String> HELPERS = helpers();

  @Override
  public Kernel lower(Kernel kernel) {
    return Lowering.forLoops(kernel);
  }

  @Override
  public void frame(Kernel kernel, Printer out) {
    Printer function = new Printer(this, kernel);
    function.block(
        "void " + kernel.name() + "(void *const *arguments, int64_t begin, int64_t end)",
        () -> function(kernel, function));
    out.line("#include <stdbool.h>");
    out.line("#include <stdint.h>");
    out.line("");
    HELPERS.forEach(
        (name, definition) -> {
          if (function.toString().contains(name + "(")) {
            definition.lines().forEach(out::line);
            out.line("");
          }
        });
    function.toString().lines().forEach(out::line);
  }

  private void function(Kernel kernel, Printer out) {
    for (int i = 0; i < kernel.arguments().size(); i++) {
      out.line(argument(kernel.arguments().get(i), "arguments[" + i + "]"));
    }
    if (isElementwise(kernel)) {
      out.line("#pragma omp simd");
    }
    out.block(
        "for (int64_t at = begin; at < end; at++)",
        () -> {
          out.workIndices(counted(kernel.grid()));
          out.sharedArrays();
          out.body();
        });
  }

  private String argument(Argument argument, String pointer) {
    String type = type(argument.type());
    return switch (argument) {
      case Memory.Buffer buffer -> {
        String constant = buffer.access().writes() ? "" : "const ";
        yield "%s%s *restrict %s = %s;".formatted(constant, type, buffer.name(), pointer);
      }
      case Parameter(String name, ScalarType _) ->
          "const %s %s = *(const %s *)%s;".formatted(type, name, type, pointer);
    };
  }

  /** Whether to vectorise over items, because there is no loop inside to vectorise. */
  private static boolean isElementwise(Kernel kernel) {
    return kernel.grid() instanceof Grid.Items
        && kernel.statements().noneMatch(Stmt.For.class::isInstance);
  }

  /** What the range of the function counts. */
  private static Expr.Level counted(Grid grid) {
    return grid instanceof Grid.Items ? Expr.Level.GLOBAL : Expr.Level.GROUP;
  }

  @Override
  public String workIndex(Expr.WorkIndex index, Kernel kernel) {
    List<Expr> extents = kernel.grid().extents();
    Printer values = new Printer(this, kernel);
    if (extents.size() == 1) {
      return "(int32_t)at";
    }
    String before =
        extents.subList(0, index.axis()).stream()
            .map(extent -> " / (" + values.print(extent) + ")")
            .collect(Collectors.joining());
    String within =
        index.axis() == extents.size() - 1
            ? ""
            : " % (" + values.print(extents.get(index.axis())) + ")";
    return "(int32_t)(at" + before + within + ")";
  }

  @Override
  public void items(Kernel kernel, Stmt.ForItems items, Printer out) {
    items(kernel, items, kernel.grid().axes() - 1, out);
  }

  private void items(Kernel kernel, Stmt.ForItems items, int axis, Printer out) {
    if (axis < 0) {
      out.body(items.body());
      return;
    }
    int width = kernel.grid().shape().get(axis);
    if (width == 1) {
      items(kernel, items, axis - 1, out);
      return;
    }
    String index = "local_" + axis;
    if (axis == 0) {
      out.line("#pragma omp simd");
    }
    out.block(
        "for (int32_t %s = 0; %s < %d; %s++)".formatted(index, index, width, index),
        () -> items(kernel, items, axis - 1, out));
  }

  @Override
  public String type(ScalarType type) {
    return switch (type) {
      case I32 -> "int32_t";
      case U32 -> "uint32_t";
      case F32 -> "float";
      case BOOL -> "bool";
    };
  }

  @Override
  public String function(Expr.UnaryOp op, ScalarType type) {
    return switch (op) {
      case ABS -> type == ScalarType.I32 ? "__builtin_abs" : "__builtin_fabsf";
      case EXP -> "__builtin_expf";
      case LOG -> "__builtin_logf";
      case SQRT -> "__builtin_sqrtf";
      case SIN -> "__builtin_sinf";
      case COS -> "__builtin_cosf";
      case FLOOR -> "__builtin_floorf";
      case ROUND -> "__builtin_rintf";
      case NEGATE, NOT -> throw new IllegalArgumentException(op + " is an operator");
    };
  }

  @Override
  public String extreme(Expr.BinaryOp op, ScalarType type) {
    return "dk_%s_%s".formatted(op, type).toLowerCase(Locale.ROOT);
  }

  @Override
  public String fma() {
    return "dk_fma";
  }

  @Override
  public String bits(ScalarType to, ScalarType from) {
    boolean integers = to.isInteger() && from.isInteger();
    return integers ? "(" + type(to) + ")" : "dk_as_%s".formatted(to).toLowerCase(Locale.ROOT);
  }

  @Override
  public String barrier() {
    throw new IllegalStateException("barriers are split away");
  }

  @Override
  public List<String> hint(Stmt.Hint hint) {
    if (!(hint instanceof Stmt.Hint.Vector(List<Stmt.Reduction> reductions))) {
      return List.of();
    }
    String gathered =
        reductions.stream()
            .map(r -> " reduction(%s:%s)".formatted(clause(r.op()), r.variable().name()))
            .collect(Collectors.joining());
    return List.of("#pragma omp simd" + gathered);
  }

  private static String clause(Stmt.ReduceOp op) {
    return switch (op) {
      case SUM -> "+";
      case MIN -> "min";
      case MAX -> "max";
    };
  }

  private static Map<String, String> helpers() {
    Map<String, String> helpers = new LinkedHashMap<>();
    helpers.put(
        "dk_as_f32",
        """
        static inline float dk_as_f32(uint32_t bits) {
          float value;
          __builtin_memcpy(&value, &bits, sizeof value);
          return value;
        }
        """);
    helpers.put(
        "dk_as_u32",
        """
        static inline uint32_t dk_as_u32(float value) {
          uint32_t bits;
          __builtin_memcpy(&bits, &value, sizeof bits);
          return bits;
        }
        """);
    helpers.put(
        "dk_as_i32",
        """
        static inline int32_t dk_as_i32(float value) {
          int32_t bits;
          __builtin_memcpy(&bits, &value, sizeof bits);
          return bits;
        }
        """);
    helpers.put(
        "dk_fma",
        """
        static inline float dk_fma(float a, float b, float c) {
        #if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
          return __builtin_fmaf(a, b, c);
        #else
          return a * b + c;
        #endif
        }
        """);
    for (String[] type :
        List.of(
            new String[] {"f32", "float"},
            new String[] {"i32", "int32_t"},
            new String[] {"u32", "uint32_t"})) {
      helpers.put("dk_min_" + type[0], extreme("min", "<", type));
      helpers.put("dk_max_" + type[0], extreme("max", ">", type));
    }
    return helpers;
  }

  private static String extreme(String name, String sign, String[] type) {
    return "static inline %2$s dk_%3$s_%1$s(%2$s a, %2$s b) { return a %4$s b ? a : b; }"
        .formatted(type[0], type[1], name, sign);
  }
}
