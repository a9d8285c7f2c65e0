package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/**
 * What this machine has, honestly: tests of a runtime that is absent are skipped with the reason,
 * and fail if {@code DEEPSEEK_REQUIRE_RUNTIMES} (e.g. {@code opencl,vulkan}; the property {@code
 * deepseek.requireRuntimes} does the same) says that it has to be there.
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

  /** A C compiler, which {@code cpu} stands for. */
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
