package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.cpu.CompiledKernels;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each product that the kernels compute refuses what they can't: gradients, other devices. */
@ExtendWith(LeakCheck.class)
class KernelInputTest {
  private static final int IN = 100;
  private static final int OUT = 40;

  /** All of them, for x [1, IN]. */
  enum Product {
    PACKED("linear", x -> packed(QTensor.Bits.FOUR).linear(x, Optional.empty())),
    PACKED_WITH_BIAS(
        "linear", x -> packed(QTensor.Bits.EIGHT).linear(x, Optional.of(Tensor.ones(OUT)))),
    BLOCKS("linear", x -> BlockSparse.of(weight()).linear(x, Optional.empty())),
    PACKED_BLOCKS(
        "linear",
        x -> BlockSparse.quantise(weight(), QTensor.Bits.FOUR).linear(x, Optional.empty())),
    MASKED_BLOCKS("linear", x -> masked(BlockSparse.of(weight()), x)),
    MASKED_PACKED("masked linear", x -> masked(packed(QTensor.Bits.FOUR), x)),
    DOTS("dots of neurons", x -> NeuronWeight.of(weight()).dots(x, Tensor.ones(1, OUT).gt(0))),
    PACKED_DOTS(
        "dots of neurons",
        x -> NeuronWeight.quantise(weight(), QTensor.Bits.FOUR).dots(x, Tensor.ones(1, OUT).gt(0))),
    SUM("sum of neurons", x -> NeuronWeight.of(Tensor.ones(IN, OUT)).sum(x)),
    PACKED_SUM(
        "sum of neurons",
        x -> NeuronWeight.quantise(Tensor.ones(IN, OUT), QTensor.Bits.EIGHT).sum(x));

    private final String operation;
    private final UnaryOperator<Tensor> product;

    Product(String operation, UnaryOperator<Tensor> product) {
      this.operation = operation;
      this.product = product;
    }
  }

  @Test
  void aBiasIsNotStretched() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(1, IN);
      Tensor active = Tensor.ones(1, 3).gt(0);
      for (Tensor bias : new Tensor[] {Tensor.ones(1), Tensor.ones(2, OUT), Tensor.ones(OUT + 1)}) {
        Optional<Tensor> given = Optional.of(bias);
        assertThatThrownBy(() -> packed(QTensor.Bits.FOUR).linear(x, given))
            .hasMessageStartingWith("linear: expected bias [" + OUT + "], got ");
        assertThatThrownBy(() -> BlockSparse.of(weight()).linear(x, given))
            .hasMessageStartingWith("linear: expected bias [" + OUT + "], got ");
        assertThatThrownBy(() -> new MaskedLinear(weightOf(), given).forward(x, active))
            .hasMessageStartingWith("masked linear: expected bias [" + OUT + "], got ");
      }
    }
  }

  private static Weight weightOf() {
    return new Weight.Plain(weight());
  }

  private static Tensor weight() {
    return Tensor.ones(OUT, IN);
  }

  private static QTensor packed(QTensor.Bits bits) {
    return QTensor.quantise(weight(), bits);
  }

  private static Tensor masked(Weight weight, Tensor x) {
    return new MaskedLinear(weight, Optional.empty()).forward(x, Tensor.ones(1, 3).gt(0));
  }

  @BeforeEach
  void thereAreKernels() {
    CompiledKernels.require();
  }

  @ParameterizedTest
  @EnumSource
  void gradientsThatWouldBeCutAreRefused(Product p) {
    try (Scope scope = Scope.open()) {
      Tensor leaf = Tensor.ones(1, IN).withGrad();
      for (Tensor x : new Tensor[] {leaf, leaf.mul(2)}) {
        assertThatThrownBy(() -> p.product.apply(x))
            .isInstanceOf(ComputeException.class)
            .hasMessage(
                p.operation
                    + ": expected a tensor without gradients, which this product doesn't have, got"
                    + " float32[1, 100] that requires them; detach it, enter InferenceMode, or use"
                    + " a plain weight");
      }
      assertThat(p.product.apply(leaf.detach()).requiresGrad()).isFalse();
      try (InferenceMode mode = InferenceMode.enter()) {
        assertThat(p.product.apply(leaf).requiresGrad()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void otherWidthsAreRefused(Product p) {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> p.product.apply(Tensor.ones(1, IN + 1)))
          .isInstanceOf(ComputeException.class)
          .hasMessageStartingWith(p.operation + ": expected x [.., 100], got ");
    }
  }

  @Test
  void otherDevicesAreRefused() {
    assertThatThrownBy(() -> KernelInput.requireOnCpu("linear", Device.cuda(1)))
        .isInstanceOf(ComputeException.class)
        .hasMessage(
            "linear: expected a tensor on the CPU, got one on cuda:1; move it there with"
                + " to(Device.CPU)");
  }

  @Test
  void aBiasKeepsItsGradient() {
    try (Scope scope = Scope.open()) {
      Tensor bias = Tensor.ones(OUT).withGrad();
      packed(QTensor.Bits.FOUR).linear(Tensor.ones(2, IN), Optional.of(bias)).sum().backward();
      assertThat(bias.grad().orElseThrow().toFloats()).hasSize(OUT).containsOnly(2f);
    }
  }

  @Test
  void neuronsOfATrainedWeightAreRefused() {
    try (Scope scope = Scope.open()) {
      NeuronWeight neurons = NeuronWeight.of(weight().withGrad());
      assertThatThrownBy(() -> neurons.dots(Tensor.ones(1, IN), Tensor.ones(1, OUT).gt(0)))
          .isInstanceOf(ComputeException.class)
          .hasMessageContainingAll("dots of neurons", "gradients", "float32[40, 100]");
    }
  }

  @Test
  void grownTensorsPassGradientsOn() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(2, 3).withGrad();
      x.mul(5).grown(1, 4).narrow(1, 0, 3).sum().backward();
      assertThat(x.grad().orElseThrow().toFloats()).hasSize(6).containsOnly(5f);
    }
  }
}
