package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/**
 * Runtimes of this machine: tests of an absent runtime are skipped with the reason, and fail if
 * {@code DEEPSEEK_REQUIRE_RUNTIMES} (e.g. {@code opencl,vulkan}; or the property {@code
 * deepseek.requireRuntimes}) requires it.
 */
public final class Presence {
  private Presence() {}

  public static <T> T require(String name, Supplier<T> opener) {
    try {
      return opener.get();
    } catch (KernelException e) {
      throw absent(name, e);
    }
  }

  /** A C compiler, the runtime named {@code cpu}. */
  public static CCompiler compiler() {
    return require("cpu", () -> CCompiler.required("test compiled code"));
  }

  /** Skips the test, or fails it. */
  public static KernelException absent(String name, KernelException reason) {
    if (isRequired(name)) {
      throw reason;
    }
    Assumptions.abort(name + " is absent: " + reason.getMessage());
    return reason;
  }

  private static boolean isRequired(String name) {
    String required =
        System.getProperty(
            "deepseek.requireRuntimes",
            Objects.requireNonNullElse(System.getenv("DEEPSEEK_REQUIRE_RUNTIMES"), ""));
    return Arrays.asList(required.split("[,\\s]+")).contains(name);
  }
}
