package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.runtime.ChildJvm;
import deepseek.kernel.runtime.NativeMemory;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * All kernel tests on all instruction sets of this processor, under {@link Sanitizer}. Takes some
 * minutes; see {@code docs/kernels.md}.
 */
@Tag("sanitize")
class SanitizerTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void kernelsStayWithinTheirBuffers(Sanitizer sanitizer) throws Exception {
    String said =
        ChildJvm.run(folder, sanitizer.environment(), sanitizer.options(), KernelTests.class);
    assertThat(said).contains("all of ").doesNotContain("AddressSanitizer");
  }

  /** Shows that the sanitizer detects errors, so that the other test means something. */
  @ParameterizedTest
  @EnumSource
  void aSingleFloatBeyondABufferIsReported(Sanitizer sanitizer) throws Exception {
    String said =
        ChildJvm.runToFailure(
            folder, sanitizer.environment(), sanitizer.options(), OneFloatBeyond.class);
    assertThat(said).contains("AddressSanitizer: heap-buffer-overflow", "packed_row");
  }

  /** The main class of the sanitized process. */
  static final class KernelTests {
    private KernelTests() {}

    public static void main(String[] arguments) {
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(
                      Stream.of(
                              LatentAttentionTest.class,
                              GroupedAttentionTest.class,
                              CacheFormatTest.class,
                              ExpertsTest.class,
                              StepOperationsTest.class,
                              EncoderOperationsTest.class,
                              PlainProductTest.class,
                              CompiledProductTest.class,
                              SparseProductTest.class,
                              LargestOfRowsTest.class)
                          .map(DiscoverySelectors::selectClass)
                          .toList())
                  .build(),
              listener);
      TestExecutionSummary summary = listener.getSummary();
      summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
      if (summary.getTestsSucceededCount() == 0 || summary.getTotalFailureCount() > 0) {
        System.exit(1);
      }
      System.out.println("all of " + summary.getTestsSucceededCount() + " tests");
    }
  }

  /** Writes a row into memory that is too short for it. */
  static final class OneFloatBeyond {
    private OneFloatBeyond() {}

    public static void main(String[] arguments) {
      CpuKernels kernels = InstructionSet.PLAIN.kernels();
      try (Arena arena = Arena.ofConfined()) {
        int in = 33;
        WeightOperand weight =
            KnownWeight.random(arena, new Random(1), kernels, WeightFormat.INT8, 1, in).weight();
        MemorySegment row = NativeMemory.zeros((in - 1) * (long) Float.BYTES, arena);
        kernels.unpack(weight, 0, row.address());
      }
    }
  }
}
