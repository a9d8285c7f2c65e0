package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.QuantisedLayout;
import deepseek.kernel.KernelException;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.Presence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The portable and the hand-written operators share one weight layout. */
class QuantisedLayoutTest {
  @ParameterizedTest
  @EnumSource(QuantisedLayout.class)
  void isThatOfTheCpusWeights(QuantisedLayout layout) {
    CpuKernels kernels =
        Presence.require(
            "cpu",
            () ->
                CpuKernels.loaded()
                    .orElseThrow(
                        () -> new KernelException("load", "CPU kernels", "none", "install cc")));
    WeightFormat format = WeightFormat.valueOf(layout.name());
    int rows = 21;
    int columns = 192;
    Quantised random = Quantised.random(layout, rows, columns, new Random(5));
    assertThat(format.bytes(rows, columns)).isEqualTo(layout.words(rows, columns) * Integer.BYTES);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocate(random.words().length * 4L, 64);
      words.copyFrom(MemorySegment.ofArray(random.words()));
      MemorySegment numbers = arena.allocate(columns * 4L, 64);
      WeightOperand weight = new WeightOperand(format, words.address(), columns, rows);
      for (int row = 0; row < rows; row++) {
        kernels.unpack(weight, row, numbers.address());
        for (int column = 0; column < columns; column++) {
          assertThat((double) numbers.getAtIndex(ValueLayout.JAVA_FLOAT, column))
              .as("row %d column %d", row, column)
              .isEqualTo((float) random.at(row, column));
        }
      }
    }
  }
}
