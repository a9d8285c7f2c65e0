package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.cpu.CompiledKernels;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights with parts left out, against libtorch's product with zeros in their place. */
@ExtendWith(LeakCheck.class)
class SparseWeightsTest {
  private static final String SHAPES =
      """
      FLOAT32,1,1,1
      FLOAT32,16,64,3
      BFLOAT16,17,65,1
      BFLOAT16,100,300,20
      FLOAT16,33,130,5
      """;

  @BeforeEach
  void thereAreKernels() {
    CompiledKernels.require();
  }

  /** BOOL of this shape, each true with this probability. */
  private static Tensor mask(Rng rng, double density, long... shape) {
    return Tensor.rand(rng, shape).lt(density);
  }

  private static Tensor blocks(Rng rng, double density, long out, long in) {
    return mask(rng, density, (out + 15) / 16, (in + 63) / 64);
  }

  /** The weight with zeros where the mask leaves blocks out. */
  private static Tensor only(Tensor weight, Tensor mask) {
    Tensor each =
        mask.repeatInterleave(16, 0)
            .narrow(0, 0, weight.size(0))
            .repeatInterleave(64, 1)
            .narrow(1, 0, weight.size(1));
    return weight.where(each, Tensor.zeros(weight.dtype(), Device.CPU, 1));
  }

  private static void assertClose(Tensor got, Tensor want, double allowed) {
    assertThat(got.shape()).containsExactly(want.shape());
    double off = got.to(DType.FLOAT64).sub(want.to(DType.FLOAT64)).abs().max().item();
    assertThat(off).isLessThanOrEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void blocksThatAreZeroAreLeftOut(DType dtype, long out, long in, long rows) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(out * 100 + in)) {
      Tensor mask = blocks(rng, 0.4, out, in);
      Tensor weight = only(Tensor.randn(rng, out, in).to(dtype), mask);
      BlockSparse sparse = BlockSparse.of(weight);
      Tensor x = Tensor.randn(rng, rows, in);
      Tensor bias = Tensor.randn(rng, out);
      assertThat(sparse.density()).isEqualTo(mask.to(DType.FLOAT64).mean().item());
      assertThat(sparse.dense().toFloats()).containsExactly(weight.toFloats());
      assertClose(
          sparse.linear(x, Optional.of(bias)),
          x.to(DType.FLOAT64).linear(weight.to(DType.FLOAT64)).add(bias.to(DType.FLOAT64)),
          1e-5 * Math.sqrt((double) in));
      assertThat(sparse.linear(x.to(DType.BFLOAT16), Optional.empty()).dtype())
          .isEqualTo(DType.BFLOAT16);
    }
  }

  @ParameterizedTest
  @CsvSource({"FOUR,1,1,1,0.5", "FOUR,40,200,1,0.3", "EIGHT,90,130,19,0.6", "EIGHT,48,64,2,0"})
  void packedBlocksAreThoseOfPackedWeights(
      QTensor.Bits bits, long out, long in, long rows, double density) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(out + in)) {
      Tensor weight = Tensor.randn(rng, out, in);
      Tensor mask = blocks(rng, density, out, in);
      QTensor packed = QTensor.quantise(weight, bits);
      BlockSparse fromPacked = BlockSparse.of(packed, mask);
      BlockSparse rounded = BlockSparse.quantise(weight, bits, mask);
      Tensor want = only(packed.dequantise(), mask);
      assertThat(fromPacked.dense().toFloats()).containsExactly(want.toFloats());
      assertThat(rounded.dense().toFloats()).containsExactly(want.toFloats());
      assertThat(BlockSparse.quantise(only(weight, mask), bits).dense().toFloats())
          .containsExactly(want.toFloats());
      Tensor x = Tensor.randn(rng, rows, in);
      assertClose(
          fromPacked.linear(x, Optional.empty()),
          x.to(DType.FLOAT64).linear(want.to(DType.FLOAT64)),
          4e-4 * Math.sqrt((double) in));
    }
  }

  @Test
  void aWeightWithoutBlocksGivesTheBias() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(1)) {
      BlockSparse none = BlockSparse.of(Tensor.zeros(40, 100));
      Tensor bias = Tensor.randn(rng, 40);
      assertThat(none.density()).isZero();
      assertThat(none.linear(Tensor.randn(rng, 100), Optional.of(bias)).toFloats())
          .containsExactly(bias.toFloats());
      assertThat(none).hasToString("BlockSparse[40, 100] f32, 0 of 6 blocks");
    }
  }

  @Test
  void minusZeroIsZeroAndTheRestIsNot() {
    try (Scope scope = Scope.open()) {
      float[] values = new float[32 * 128];
      values[5] = -0f;
      values[64] = Float.NaN;
      values[17 * 128] = Float.MIN_VALUE;
      BlockSparse sparse = BlockSparse.of(Tensor.of(values, 32, 128));
      assertThat(sparse).hasToString("BlockSparse[32, 128] f32, 2 of 4 blocks");
    }
  }

  @Test
  void rowsAreTheMatrixRows() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(5)) {
      Tensor weight = only(Tensor.randn(rng, 40, 70), blocks(rng, 0.5, 40, 70));
      BlockSparse sparse = BlockSparse.of(weight);
      Tensor ids = Tensor.of(new long[] {3, 39, 0, 17}, 2, 2);
      Tensor rows = sparse.rows(ids, DType.FLOAT32);
      assertThat(rows.shape()).containsExactly(2, 2, 70);
      assertThat(rows.toFloats()).containsExactly(weight.embedding(ids).toFloats());
      refused(() -> sparse.rows(Tensor.of(new long[] {40}), DType.FLOAT32), "below 40");
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "33,65,1", "100,200,3", "48,130,40"})
  void maskedOutputsAreZero(long out, long in, long rows) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(out)) {
      Tensor weight = Tensor.randn(rng, out, in);
      Tensor x = Tensor.randn(rng, rows, in);
      Tensor bias = Tensor.randn(rng, out);
      Tensor active = mask(rng, 0.5, rows, (out + 15) / 16);
      Tensor each = active.repeatInterleave(16, -1).narrow(-1, 0, out);
      QTensor packed = QTensor.quantise(weight, QTensor.Bits.EIGHT);
      for (Weight w :
          new Weight[] {
            new Weight.Plain(weight), packed, BlockSparse.of(packed, blocks(rng, 0.5, out, in))
          }) {
        Tensor want =
            w.linear(x, Optional.of(bias)).where(each, Tensor.zeros(DType.FLOAT32, Device.CPU, 1));
        Tensor got = new MaskedLinear(w, Optional.of(bias)).forward(x, active);
        assertClose(got, want, 1e-4 * Math.sqrt((double) in));
      }
    }
  }

  @Test
  void manyFormsAreMultipliedInTurn() {
    try (Scope scope = Scope.open()) {
      for (int round = 0; round < 2; round++) {
        for (int out = 1; out <= PackedProducts.MOST + 3; out++) {
          Tensor y = BlockSparse.of(Tensor.ones(out, 5)).linear(Tensor.ones(5), Optional.empty());
          assertThat(y.toFloats()).hasSize(out).containsOnly(5f);
        }
        Machine.giveBackFreeMemory();
      }
    }
  }

  @Test
  void plainWeightsKeepTheirGradients() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(9)) {
      Tensor weight = Tensor.randn(rng, 32, 8).withGrad();
      Tensor active = Tensor.of(new boolean[] {true, false}, 1, 2);
      new MaskedLinear(new Weight.Plain(weight), Optional.empty())
          .forward(Tensor.ones(1, 8), active)
          .sum()
          .backward();
      Tensor grad = weight.grad().orElseThrow();
      assertThat(grad.narrow(0, 0, 16).toFloats()).containsOnly(1f);
      assertThat(grad.narrow(0, 16, 16).toFloats()).containsOnly(0f);
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void idleNeuronsAreNotRead(DType dtype, long neurons, long width, long rows) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(neurons)) {
      Tensor weight = Tensor.randn(rng, neurons, width).to(dtype);
      neuronByNeuron(NeuronWeight.of(weight), weight.to(DType.FLOAT64), rng, rows);
      for (QTensor.Bits bits : QTensor.Bits.values()) {
        NeuronWeight rounded = NeuronWeight.quantise(weight, bits);
        Tensor dense = rounded.dense();
        // As near as in QTensorTest.
        assertClose(dense, weight, bits == QTensor.Bits.FOUR ? 10.0 / 15 : 5.0 / 127);
        neuronByNeuron(rounded, dense.to(DType.FLOAT64), rng, rows);
      }
    }
  }

  private static void neuronByNeuron(NeuronWeight weight, Tensor dense, Rng rng, long rows) {
    long neurons = weight.neurons();
    Tensor none = Tensor.zeros(DType.FLOAT64, Device.CPU, 1);
    for (double density : new double[] {0, 0.2, 1}) {
      Tensor active = mask(rng, density, rows, neurons);
      Tensor x = Tensor.randn(rng, rows, weight.width());
      Tensor h = weight.dots(x, active);
      assertClose(
          h,
          x.to(DType.FLOAT64).linear(dense).where(active, none),
          1e-5 * Math.sqrt((double) weight.width()));
      assertClose(
          weight.sum(h),
          h.to(DType.FLOAT64).matmul(dense),
          1e-4 * Math.sqrt((double) weight.width() + neurons));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Scope scope = Scope.open()) {
      Tensor weight = Tensor.ones(40, 100);
      BlockSparse sparse = BlockSparse.of(weight);
      MaskedLinear masked = new MaskedLinear(sparse, Optional.empty());
      NeuronWeight neurons = NeuronWeight.of(weight);
      Tensor x = Tensor.ones(1, 100);
      Tensor right = Tensor.ones(1, 3).gt(0);
      refused(() -> sparse.linear(Tensor.ones(1, 99), Optional.empty()), "x [.., 100]");
      refused(() -> sparse.linear(Tensor.ones(1, 100).withGrad(), Optional.empty()), "gradients");
      refused(() -> masked.forward(x, Tensor.ones(1, 3)), "a mask [1, 3] of BOOL");
      refused(() -> masked.forward(x, Tensor.ones(1, 40).gt(0)), "a mask [1, 3]");
      refused(() -> masked.forward(Tensor.ones(2, 100), right), "a mask [2, 3]");
      refused(() -> BlockSparse.of(weight, right), "a mask [3, 2]", "keep blocks");
      refused(() -> BlockSparse.of(Tensor.ones(4)), "[out, in]");
      refused(() -> BlockSparse.of(Tensor.ones(4, 4).to(DType.INT64)), "float32, float16");
      refused(() -> neurons.dots(x, right), "a mask [1, 40]");
      refused(() -> neurons.sum(x), "x [.., 40]");
    }
  }

  private static void refused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOf(ComputeException.class)
        .hasMessageContainingAll(parts)
        .message()
        .hasLineCount(1);
  }
}
