package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A multimodal checkpoint's language model runs as if it stood alone. */
@ExtendWith(LeakCheck.class)
class TextPartTest {
  @ParameterizedTest
  @ValueSource(strings = {"language_model.model.", "model.language_model."})
  void theTextPartOfGemma3IsGemma3Text(String prefix, @TempDir Path folder) {
    ConfigJson text = new GoldenCase("gemma3").config();
    ObjectNode whole = text.json().objectNode();
    whole.put("model_type", "gemma3").set("text_config", text.json());
    var weights =
        new GoldenCase("gemma3")
            .renamed(folder, n -> n.startsWith("model.") ? prefix + n.substring(6) : n);
    try (weights;
        var golden = new DecoderCase("gemma3");
        var decoder =
            GoldenCase.decoder(
                new ConfigJson("config.json", whole), weights, ModelOptions.defaults());
        var scope = Scope.open()) {
      var ids = golden.ids("input_ids");
      assertThat(decoder.forward(ids).toFloats())
          .isEqualTo(golden.decoder().forward(ids).toFloats());
      assertThat(decoder.config().eosTokenIds()).isEqualTo(golden.decoder().config().eosTokenIds());
    }
  }
}
