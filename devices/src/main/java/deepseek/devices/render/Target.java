package deepseek.devices.render;

import deepseek.devices.ir.Kernel;
import java.util.Locale;

/** The languages a kernel can be printed in. */
public enum Target {
  /**
   * C11 with the freestanding headers and GCC's builtins; see {@link C} for the calling convention.
   */
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

  /** The whole source of {@code kernel} in this language. */
  public String render(Kernel kernel) {
    Kernel lowered = dialect.lower(kernel);
    Printer printer = new Printer(dialect, lowered);
    dialect.frame(lowered, printer);
    return printer.toString();
  }

  /** The suffix of source files in this language. */
  public String suffix() {
    return suffix;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
