package deepseek.devices;

import static deepseek.devices.ir.ScalarType.F32;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.render.Target;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.DeviceBuffer;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.devices.runtime.Scalar;
import deepseek.kernel.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/kernels.md shows this code and the sources generated from it. */
class DocumentedKernelTest {
  private static final Path PAGE = Path.of("../docs/kernels.md");
  private static final Path THIS =
      Path.of("src/test/java/deepseek/devices/DocumentedKernelTest.java");

  // docs: kernel
  static final Kernel DOT_PRODUCT =
      Kernel.describe(
          "dot_product",
          k -> {
            Buffer a = k.input("a", F32);
            Buffer b = k.input("b", F32);
            Buffer y = k.output("y", F32);
            Expr n = k.intParam("n");
            k.groups(32, Expr.of(1));
            Expr part = k.dot("part", k.share(n), a::at, b::at);
            Expr total = k.groupSum("total", part);
            k.when(k.local().equalTo(0), () -> k.store(y, Expr.of(0), total));
          });

  // docs: end

  // docs: run
  static float dotProduct(Backend backend, float[] left, float[] right) {
    try (DeviceRuntime runtime = backend.open();
        DeviceBuffer a = runtime.allocate(left.length);
        DeviceBuffer b = runtime.allocate(right.length);
        DeviceBuffer y = runtime.allocate(1)) {
      a.write(left);
      b.write(right);
      runtime.compile(DOT_PRODUCT).launch(a, b, y, Scalar.of(left.length));
      return y.toFloats()[0];
    }
  }

  // docs: end

  @ParameterizedTest
  @EnumSource(Backend.class)
  void runsWhereItCan(Backend backend) {
    try {
      backend.open().close();
    } catch (KernelException e) {
      Assumptions.abort(backend + " is absent: " + e.getMessage());
    }
    assertThat(dotProduct(backend, new float[] {1, 2, 3}, new float[] {4, 6, 3}))
        .isEqualTo(1 * 4 + 2 * 6 + 3 * 3f);
  }

  @Test
  void thePageShowsThisCode() throws IOException {
    String page = Files.readString(PAGE);
    String code = Files.readString(THIS);
    for (String part : new String[] {"kernel", "run"}) {
      int from = code.indexOf("// docs: " + part + "\n") + ("// docs: " + part + "\n").length();
      String shown = code.substring(from, code.indexOf("\n  // docs: end", from));
      assertThat(page).contains(shown.stripTrailing().stripIndent());
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void thePageShowsWhatComesOut(Target target) throws IOException {
    String source = target.render(DOT_PRODUCT).strip();
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(PAGE, withSource(Files.readString(PAGE), target, source));
    }
    assertThat(Files.readString(PAGE)).contains(source);
  }

  /** Replaces the code block under a target's heading. */
  private static String withSource(String page, Target target, String source) {
    String heading = "### " + target + "\n";
    int at = page.indexOf("```", page.indexOf(heading));
    int end = page.indexOf("\n```", at);
    String fence = page.substring(at, page.indexOf('\n', at) + 1);
    return page.substring(0, at) + fence + source + page.substring(end);
  }

  @Test
  void theTableHasEveryBackend() throws IOException {
    for (Backend backend : Backend.values()) {
      assertThat(Files.readString(PAGE)).contains("| `" + backend + "` |");
    }
  }
}
