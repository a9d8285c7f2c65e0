package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(LeakCheck.class)
class PoolingTest {

  @ParameterizedTest
  @CsvSource({"CLS, pooled.cls", "MEAN, pooled.mean", "MAX, pooled.max"})
  void equalsReference(Pooling pooling, String expected) {
    GoldenCase golden = new GoldenCase("bert");
    try (var scope = Scope.open()) {
      Tensor hidden = golden.reference("hidden");
      long[] mask = golden.reference("attention_mask").toLongs();
      float[] all = hidden.toFloats();
      float[] wanted = golden.reference(expected).toFloats();
      int columns = (int) hidden.size(1);
      int dim = (int) hidden.size(2);
      for (int row = 0; row < hidden.size(0); row++) {
        int start = row * columns;
        int length = (int) Arrays.stream(mask, start, start + columns).sum();
        float[] pooled = pooling.pool(new TokenVectors(all, start * dim, length, dim), 0);
        assertThat(pooled)
            .containsExactly(Arrays.copyOfRange(wanted, row * dim, (row + 1) * dim), within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MEAN_SQRT_LEN, 0, 2.828427",
    "WEIGHTED_MEAN, 0, 2.333333",
    "LAST, 0, 3",
    "MEAN, 1, 3",
    "WEIGHTED_MEAN, 1, 3",
    "CLS, 1, 3",
    "MEAN, 2, 0",
    "MAX, 2, -1e9"
  })
  void takesTheTextsOwnTokens(Pooling pooling, int skipped, float expected) {
    TokenVectors text = new TokenVectors(new float[] {7, 1, 3, 100}, 1, 2, 1);
    assertThat(pooling.pool(text, skipped)[0]).isCloseTo(expected, within(1e-5f));
  }

  private static ConfigJson config(String flag) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pooling_mode_max_tokens", false).put(flag, true);
    return new ConfigJson("1_Pooling/config.json", json);
  }

  @Test
  void readsFlagsAndNames() {
    assertThat(Pooling.read(config("pooling_mode_lasttoken"))).containsExactly(Pooling.LAST);
    ConfigJson two = config("pooling_mode_mean_tokens");
    two.json().put("pooling_mode_cls_token", true);
    assertThat(Pooling.read(two)).containsExactly(Pooling.CLS, Pooling.MEAN);
    ConfigJson named = config("include_prompt");
    named.json().put("pooling_mode", "weightedmean");
    assertThat(Pooling.read(named)).containsExactly(Pooling.WEIGHTED_MEAN);
  }

  @Test
  void flagsThatAreAllOffMeanTheMean() {
    assertThat(Pooling.read(config("include_prompt"))).containsExactly(Pooling.MEAN);
  }

  @Test
  void noModeIsAnError() {
    ConfigJson none = new ConfigJson("1_Pooling/config.json", new ObjectNode(null));
    assertThatThrownBy(() -> Pooling.read(none))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("1_Pooling/config.json")
        .hasMessageContaining("weightedmean");
  }
}
