package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.runtime.CCompiler;
import java.util.Arrays;
import java.util.Objects;

/**
 * What tests of compiled kernels begin with: they are skipped where there is no C compiler or other
 * kernels were chosen, and fail where there is one that does not take our C, or where {@code
 * DEEPSEEK_REQUIRE_RUNTIMES} names {@code cpu}.
 */
public final class CompiledKernels {
  private CompiledKernels() {}

  public static void require() {
    if (PlanBuilder.isSupported()) {
      return;
    }
    String chosen = System.getProperty("deepseek.kernels", System.getenv("DEEPSEEK_KERNELS"));
    boolean areExpected = chosen == null && CCompiler.find().isPresent();
    assertThat(areExpected || isRequired())
        .as("compiled kernels have to be there and are not: the log says why")
        .isFalse();
    assumeThat(PlanBuilder.isSupported()).as("kernels (a C compiler)").isTrue();
  }

  private static boolean isRequired() {
    String required = Objects.requireNonNullElse(System.getenv("DEEPSEEK_REQUIRE_RUNTIMES"), "");
    return Arrays.asList(required.split("[,\\s]+")).contains("cpu");
  }
}
