package deepseek.models.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.WeightParameters;
import deepseek.models.encoder.Encoder;
import deepseek.models.encoder.EncoderFamilies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hidden states equal to transformers'; fixtures by tools/golden/encoders.py. */
@ExtendWith(LeakCheck.class)
class BertTest {
  private static final double TOLERANCE = 1e-4;

  private static Encoder open(GoldenCase golden, ConfigJson config) {
    try (var weights = golden.weights()) {
      var parameters = new WeightParameters(weights, DType.FLOAT32, Device.CPU);
      return EncoderFamilies.build(config, parameters);
    }
  }

  private static Encoder open(String name) {
    GoldenCase golden = new GoldenCase(name);
    return open(golden, golden.config());
  }

  private static double distance(Tensor a, Tensor b) {
    return a.sub(b).abs().max().item();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "bert-prefixed", "roberta", "xlm-roberta"})
  void paddedBatchEqualsTransformers(String name) {
    GoldenCase golden = new GoldenCase(name);
    try (Encoder encoder = open(name);
        var scope = Scope.open()) {
      Tensor mask = golden.reference("attention_mask");
      Tensor hidden =
          encoder.forward(golden.reference("input_ids"), mask, golden.reference("token_type_ids"));
      Tensor seen = hidden.mul(mask.unsqueeze(2).to(DType.FLOAT32));
      assertThat(distance(seen, golden.reference("hidden"))).isLessThan(TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "bert-prefixed", "roberta", "xlm-roberta"})
  void longestTextEqualsTransformers(String name) {
    GoldenCase golden = new GoldenCase(name);
    try (Encoder encoder = open(name);
        var scope = Scope.open()) {
      Tensor ids = golden.reference("long.input_ids");
      assertThat(ids.size(1)).isEqualTo(encoder.maxLength());
      Tensor hidden =
          encoder.forward(ids, Tensor.full(1, DType.INT64, Device.CPU, ids.shape()), ids.mul(0));
      assertThat(distance(hidden, golden.reference("long.hidden"))).isLessThan(TOLERANCE);
    }
  }

  @Test
  void aTextIsTheSameWithAndWithoutNeighbours() {
    GoldenCase golden = new GoldenCase("xlm-roberta");
    try (Encoder encoder = open("xlm-roberta");
        var scope = Scope.open()) {
      Tensor ids = golden.reference("input_ids").narrow(0, 1, 1).narrow(1, 0, 7);
      Tensor alone =
          encoder.forward(ids, Tensor.full(1, DType.INT64, Device.CPU, 1, 7), ids.mul(0));
      Tensor among = golden.reference("hidden").narrow(0, 1, 1).narrow(1, 0, 7);
      assertThat(distance(alone, among)).isCloseTo(0, within(TOLERANCE));
    }
  }

  @Test
  void tooLongTextIsRefused() {
    try (Encoder encoder = open("roberta");
        var scope = Scope.open()) {
      Tensor ids = Tensor.full(5, DType.INT64, Device.CPU, 1, 41);
      assertThatThrownBy(() -> encoder.forward(ids, ids, ids))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("L from 1 to 40")
          .hasMessageContaining("[1, 41]");
    }
  }

  @Test
  void contradictingConfigIsRefused() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("intermediate_size", 64);
    assertThatThrownBy(() -> open(golden, config))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("[64, 32]")
        .hasMessageContaining("[48, 32]");
    config.json().put("num_attention_heads", 5);
    assertThatThrownBy(() -> open(golden, config)).hasMessageContaining("num_attention_heads");
  }

  /** Heads are left alone, as the checkpoints with prefixes show; layers are not. */
  @Test
  void aLayerThatTheConfigDoesNotCountIsRefusedByName() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("num_hidden_layers", 1);
    assertThatThrownBy(() -> open(golden, config))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("got none that takes 'encoder.layer.1.")
        .hasMessageContaining(" and 15 more;");
  }

  @Test
  void inputsOfTwoShapesAreRefused() {
    try (Encoder encoder = open("bert");
        Scope scope = Scope.open()) {
      Tensor ids = Tensor.zeros(DType.INT64, Device.CPU, 2, 3);
      Tensor column = Tensor.zeros(DType.INT64, Device.CPU, 2, 1);
      assertThatThrownBy(() -> encoder.forward(ids, column, ids))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("mask of shape [2, 3] as the ids have, got shape [2, 1]");
      assertThatThrownBy(() -> encoder.forward(ids, ids, column))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("type ids of shape [2, 3]");
    }
  }

  @Test
  void relativePositionsAreRefused() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("position_embedding_type", "relative_key");
    assertThatThrownBy(() -> open(golden, config)).hasMessageContaining("relative_key");
  }

  @Test
  void aBertThatWritesIsRefused() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("is_decoder", true);
    assertThatThrownBy(() -> open(golden, config))
        .hasMessageContaining("is_decoder to be false, got true");
  }

  @Test
  void unknownFamilyIsRefusedWithTheKnownOnes() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("model_type", "t5");
    assertThatThrownBy(() -> open(golden, config))
        .hasMessageContaining("bert, roberta, xlm-roberta")
        .hasMessageContaining("'t5'");
  }
}
