package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.nn.attention.RopeScaling;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes before what where config.json says a thing twice; as transformers 5.23 reads it. */
class RopeSettingsTest {
  private static final int MAX_POSITIONS = 512;
  private static final String LLAMA3 =
      "\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4";

  private static ConfigJson json(String text) {
    try {
      return new ConfigJson("config.json", (ObjectNode) new ObjectMapper().readTree(text));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static RopeScaling scaling(String config) {
    return RopeSettings.read(json(config), MAX_POSITIONS).scaling();
  }

  @Test
  void theOuterOriginalLengthGoesBeforeTheInner() {
    String inside = "{\"rope_scaling\": {" + LLAMA3 + ", \"original_max_position_embeddings\": 64}";
    assertThat(scaling(inside + "}")).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 64));
    assertThat(scaling(inside + ", \"original_max_position_embeddings\": 32}"))
        .isEqualTo(new RopeScaling.Llama3(8, 1, 4, 32));
    assertThat(scaling("{\"rope_scaling\": {" + LLAMA3 + "}}"))
        .isEqualTo(new RopeScaling.Llama3(8, 1, 4, MAX_POSITIONS));
  }

  @Test
  void dynamicScalingKnowsNoOriginalLength() {
    assertThat(
            scaling(
                """
                {"rope_scaling": {"type": "dynamic", "factor": 2,
                "original_max_position_embeddings": 64}, "original_max_position_embeddings": 32}
                """))
        .isEqualTo(new RopeScaling.Dynamic(2, MAX_POSITIONS));
  }

  @Test
  void theOldNameGoesBeforeTheNewUnlessItIsEmpty() {
    String parameters = "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2}";
    assertThat(
            scaling(
                "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}, " + parameters + "}"))
        .isEqualTo(new RopeScaling.Linear(4));
    assertThat(scaling("{\"rope_scaling\": {}, " + parameters + "}"))
        .isEqualTo(new RopeScaling.Linear(2));
  }

  @Test
  void theInnerThetaGoesBeforeTheOuter() {
    String outer = "\"rope_theta\": 100";
    assertThat(RopeSettings.read(json("{" + outer + "}"), MAX_POSITIONS).theta()).isEqualTo(100);
    String inner = ", \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 50}}";
    assertThat(RopeSettings.read(json("{" + outer + inner), MAX_POSITIONS).theta()).isEqualTo(50);
  }

  @Test
  void longRopeTakesItsFactorsFromTheLengthsWhereItHasNone() {
    String long8 =
        """
        {"rope_scaling": {"type": "longrope", "short_factor": [1, 2], "long_factor": [3, 4],
        "original_max_position_embeddings": 64}}
        """;
    assertThat(scaling(long8))
        .isEqualTo(
            new RopeScaling.LongRope(
                8,
                List.of(1f, 2f),
                List.of(3f, 4f),
                64,
                Math.sqrt(1 + Math.log(8) / Math.log(64))));
  }

  @Test
  void keysAreUsedAgainOnlyWhereTheyWouldTurnTheSame() {
    var dynamic = new RopeScaling.Dynamic(4, 256);
    assertThat(dynamic.sameFrequencies(100, 256)).isTrue();
    assertThat(dynamic.sameFrequencies(100, 257)).isFalse();
    assertThat(dynamic.sameFrequencies(300, 301)).isFalse();
    var two = new RopeScaling.LongRope(4, List.of(1f), List.of(2f), 64, 1);
    assertThat(two.sameFrequencies(64, 65)).isFalse();
    assertThat(two.sameFrequencies(65, 1000)).isTrue();
    assertThat(new RopeScaling.Linear(4).sameFrequencies(1, 1000)).isTrue();
  }

  @Test
  void gemmasLayersThatSlideHaveAScalingOfTheirOwn() {
    ObjectNode config = new GoldenCase("gemma3").config().json();
    config.set(
        "rope_parameters",
        json("{\"sliding_attention\": {\"rope_type\": \"linear\", \"factor\": 2}}").json());
    config.set("rope_scaling", json("{\"rope_type\": \"dynamic\", \"factor\": 3}").json());
    DecoderConfig gemma = DecoderFamilies.read(new ConfigJson("config.json", config)).config();
    assertThat(gemma.rope().scaling()).isEqualTo(new RopeScaling.Dynamic(3, 64));
    assertThat(gemma.sameFrequencies(64, 65)).isFalse();
  }
}
