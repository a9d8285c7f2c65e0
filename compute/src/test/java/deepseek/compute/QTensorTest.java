package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed weights against the numbers they represent, multiplied by libtorch in FLOAT64. */
@ExtendWith(LeakCheck.class)
class QTensorTest {
  @BeforeEach
  void thereAreKernels() {
    assumeThat(QTensor.isSupported()).as("kernels (a C compiler, or the Vector API)").isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "FOUR, 1, 1", "FOUR, 16, 64", "FOUR, 17, 33", "FOUR, 100, 576", "FOUR, 3, 31",
    "EIGHT, 1, 1", "EIGHT, 16, 64", "EIGHT, 31, 100", "EIGHT, 129, 1536", "EIGHT, 2, 65",
  })
  void roundsToTheNearestStep(QTensor.Bits bits, int out, int in) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(out * 1000L + in)) {
      Tensor weight = Tensor.randn(rng, out, in);
      float[] want = weight.toFloats();
      float[] got = QTensor.quantise(weight, bits).dequantise().toFloats();
      // The widest group spans less than 10; a float16 scale is off by 2^-11 of itself at most.
      double step = bits == QTensor.Bits.FOUR ? 10.0 / 15 : 5.0 / 127;
      for (int i = 0; i < want.length; i++) {
        assertThat((double) got[i]).isCloseTo(want[i], Offset.offset(step));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FOUR, 16, 64, 1", "FOUR, 17, 33, 1", "FOUR, 100, 576, 3", "FOUR, 48, 96, 40",
    "EIGHT, 16, 64, 1", "EIGHT, 31, 100, 2", "EIGHT, 129, 1536, 9", "EIGHT, 40, 65, 130",
  })
  void multipliesWhatItStandsFor(QTensor.Bits bits, int out, int in, int rows) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(7L * out + in)) {
      QTensor weight = QTensor.quantise(Tensor.randn(rng, out, in), bits);
      Tensor x = Tensor.randn(rng, rows, in);
      Tensor bias = Tensor.randn(rng, out);
      Tensor y = weight.linear(x, Optional.of(bias));
      Tensor want =
          inSteps(x).linear(weight.dequantise().to(DType.FLOAT64)).add(bias.to(DType.FLOAT64));
      Tensor off = y.to(DType.FLOAT64).sub(want).abs();
      // A number halfway between two steps of 1/32512 may go either way.
      assertThat(off.max().item()).isLessThan(3e-4 * Math.sqrt(in));
      assertThat(y.shape()).containsExactly(rows, out);
    }
  }

  /** x as products see it: each 32 values of a row in 32512 steps of their largest. */
  private static Tensor inSteps(Tensor x) {
    float[] values = x.toFloats();
    double[] out = new double[values.length];
    int columns = (int) x.size(1);
    for (int row = 0; row < values.length; row += columns) {
      for (int from = 0; from < columns; from += 32) {
        int to = Math.min(from + 32, columns);
        float most = 0;
        for (int i = from; i < to; i++) {
          most = Math.max(most, Math.abs(values[row + i]));
        }
        for (int i = from; i < to; i++) {
          out[row + i] = Math.rint(values[row + i] * (32512f / most)) * (most / 32512f);
        }
      }
    }
    return Tensor.of(out, x.shape());
  }

  @Test
  void wholeNumbersMultiplyExactly() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(3)) {
      // Each group's largest is 127: steps of one, in both weights and activations.
      Tensor weight = whole(rng, 20, 128);
      Tensor x = whole(rng, 5, 128);
      Tensor y = QTensor.quantise(weight, QTensor.Bits.EIGHT).linear(x, Optional.empty());
      assertThat(y.toFloats()).containsExactly(x.linear(weight).toFloats());
    }
  }

  private static Tensor whole(Rng rng, int rows, int columns) {
    float[] values = Tensor.rand(rng, rows, columns).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 32 == 0 ? 127 : Math.round(values[i] * 254) - 127;
    }
    return Tensor.of(values, rows, columns);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoNumberStaysNone(float value) {
    try (Scope scope = Scope.open()) {
      QTensor weight = QTensor.quantise(Tensor.ones(20, 96), QTensor.Bits.EIGHT);
      float[] x = new float[3 * 96];
      x[96 + 50] = value;
      float[] y = weight.linear(Tensor.of(x, 3, 96), Optional.empty()).toFloats();
      assertThat(y[0]).isZero();
      assertThat(y[20]).isNaN();
      assertThat(y[40]).isZero();
    }
  }

  @Test
  void rowsAreTheMatrixRows() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(5)) {
      QTensor weight = QTensor.quantise(Tensor.randn(rng, 40, 70), QTensor.Bits.FOUR);
      Tensor rows = weight.rows(Tensor.of(new long[] {39, 0, 17, 17}, 2, 2), DType.FLOAT32);
      Tensor all = weight.dequantise();
      assertThat(rows.shape()).containsExactly(2, 2, 70);
      assertThat(rows.select(0, 1).select(0, 0).toFloats())
          .containsExactly(all.select(0, 17).toFloats());
      assertThatThrownBy(() -> weight.rows(Tensor.of(new long[] {40}), DType.FLOAT32))
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("ids below 40");
    }
  }

  @Test
  void wrongShapesAndTypesAreNamed() {
    try (Scope scope = Scope.open()) {
      QTensor weight = QTensor.quantise(Tensor.ones(4, 8), QTensor.Bits.EIGHT);
      assertThatThrownBy(() -> weight.linear(Tensor.ones(2, 7), Optional.empty()))
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("x [.., 8]");
      assertThatThrownBy(() -> QTensor.quantise(Tensor.ones(4), QTensor.Bits.EIGHT))
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("shape [out, in]");
      assertThatThrownBy(
              () -> QTensor.quantise(Tensor.of(new long[] {1, 2}, 1, 2), QTensor.Bits.EIGHT))
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("float32, float16 or bfloat16");
    }
  }

  @ParameterizedTest
  @CsvSource({"FOUR, 100, 576", "EIGHT, 33, 65"})
  void packsTheSameInPieces(QTensor.Bits bits, int out, int in) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(17L * out)) {
      Packing packing = Packing.rounding(Tensor.randn(rng, out, in), bits);
      PackedLayout layout = packing.layout();
      long rows = layout.blockRows();
      Tensor bytes = Tensor.empty(DType.UINT8, Device.CPU, layout.shape());
      MemorySegment to = bytes.open("test").memory();
      for (long row = rows - 1; row >= 0; row--) {
        packing.pack(row, row + 1, to.asSlice(row * layout.byteSize() / rows));
      }
      assertThat(QTensor.over(layout, bytes).dequantise().toFloats())
          .isEqualTo(packing.inMemory().dequantise().toFloats());
      assertThatThrownBy(() -> packing.pack(0, rows + 1, to)).isInstanceOf(ComputeException.class);
      assertThatThrownBy(() -> packing.pack(0, 1, to.asSlice(0, 8)))
          .isInstanceOf(ComputeException.class);
    }
  }

  @Test
  void bytesThatDoNotFitALayoutAreRefused() {
    try (Scope scope = Scope.open()) {
      PackedLayout layout = PackedLayout.ofRounded(QTensor.Bits.FOUR, 16, 64);
      Tensor bytes = Tensor.zeros(DType.UINT8, Device.CPU, layout.byteSize() + 64);
      assertThatThrownBy(() -> QTensor.over(layout, bytes)).isInstanceOf(ComputeException.class);
      Tensor askew = bytes.narrow(0, 1, layout.byteSize());
      assertThatThrownBy(() -> QTensor.over(layout, askew)).isInstanceOf(ComputeException.class);
    }
  }

  @Test
  void productsOfManyFormsAreNotAllKept() {
    try (Scope scope = Scope.open()) {
      for (int out = 1; out <= PackedProducts.MOST + 4; out++) {
        Tensor ones = Tensor.full(1, DType.FLOAT32, Device.CPU).expand(out, 32);
        QTensor weight = QTensor.quantise(ones, QTensor.Bits.EIGHT);
        Tensor x = Tensor.full(1, DType.FLOAT32, Device.CPU).expand(1, 32);
        float[] y = weight.linear(x, Optional.empty()).toFloats();
        assertThat(y).hasSize(out);
        assertThat(y[out - 1]).isCloseTo(32f, Offset.offset(0.1f));
        assertThat(QTensor.PRODUCTS.size()).isBetween(1, PackedProducts.MOST);
      }
      Machine.giveBackFreeMemory();
      assertThat(QTensor.PRODUCTS.size()).isZero();
    }
  }

  @Test
  void aClosedWeightIsNamed() {
    try (Scope scope = Scope.open()) {
      QTensor weight = QTensor.quantise(Tensor.ones(16, 32), QTensor.Bits.FOUR);
      Tensor x = Tensor.ones(1, 32);
      Tensor ids = Tensor.of(new long[] {3}, 1);
      weight.tensor().close();
      List<ThrowingCallable> uses =
          List.of(
              () -> weight.linear(x, Optional.empty()),
              () -> weight.rows(ids, DType.FLOAT32),
              weight::dequantise);
      for (ThrowingCallable use : uses) {
        assertThatThrownBy(use)
            .isInstanceOf(ComputeException.class)
            .hasMessageContaining("expected an open tensor");
      }
    }
  }
}
