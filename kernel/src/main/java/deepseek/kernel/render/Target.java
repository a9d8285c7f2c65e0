package deepseek.kernel.render;

import deepseek.kernel.KernelException;
import deepseek.kernel.ir.Kernel;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The languages a kernel can be printed in. */
public enum Target {
  /** C11 with the freestanding headers and GCC's builtins; see {@link C} for the calling form. */
  C(new C(), "c"),
  OPENCL(new OpenCl(), "cl"),
  CUDA(new Cuda(), "cu"),
  /** GLSL 4.50 for compute shaders. */
  VULKAN(new Glsl(), "comp");

  private final Dialect dialect;
  private final String suffix;

  Target(Dialect dialect, String suffix) {
    this.dialect = dialect;
    this.suffix = suffix;
  }

  /** The target spelt {@code name}, in small letters. */
  public static Target named(String name) {
    return Arrays.stream(values())
        .filter(target -> target.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new KernelException(
                    "choose a target",
                    Arrays.stream(values()).map(Target::toString).collect(Collectors.joining(", ")),
                    "'" + name + "'",
                    "name one of them"));
  }

  /** The whole source of {@code kernel} in this language. */
  public String render(Kernel kernel) {
    Kernel lowered = dialect.lower(kernel);
    Printer printer = new Printer(dialect, lowered);
    dialect.frame(lowered, printer);
    return printer.toString();
  }

  /** Of files in this language. */
  public String suffix() {
    return suffix;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
