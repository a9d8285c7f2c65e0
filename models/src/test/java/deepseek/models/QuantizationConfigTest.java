package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.QTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationConfigTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "as-stored", "int4", "int8"})
  void isReadByName(String name) {
    assertThat(QuantizationConfig.ofName(name)).hasToString(name);
  }

  @Test
  void unknownNamesAreRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> QuantizationConfig.ofName("int5"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none, as-stored, int4 or int8")
        .hasMessageContaining("'int5'");
  }

  @Test
  void activationsHave8Or16Bits() {
    assertThat(QuantizationConfig.INT4.withActivationBits(8))
        .hasToString("int4, activations in 8 bits");
    assertThatThrownBy(() -> QuantizationConfig.INT4.withActivationBits(4))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("8 or 16 bits, got 4");
    assertThatThrownBy(() -> QuantizationConfig.NONE.withActivationBits(8))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("int4, int8 or as-stored");
  }

  @Test
  void tablesAndOutputLayersTakeEightBitsAndWideActivations() {
    QuantizationConfig config = QuantizationConfig.INT4.withActivationBits(8);
    assertThat(config.bits("lm_head.weight")).contains(QTensor.Bits.EIGHT);
    assertThat(config.activationBits("model.embed_tokens.weight")).isEqualTo(16);
    assertThat(config.bits("model.layers.0.mlp.up_proj.weight")).contains(QTensor.Bits.FOUR);
    assertThat(config.activationBits("model.layers.0.mlp.up_proj.weight")).isEqualTo(8);
  }
}
