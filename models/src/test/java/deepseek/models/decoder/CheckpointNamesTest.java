package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.DType;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.store.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tensors of a checkpoint a decoder takes, and what it makes of those it doesn't. */
@ExtendWith(LeakCheck.class)
class CheckpointNamesTest {
  private static final String HEAD = "lm_head.weight";
  private static final String TABLE = "model.embed_tokens.weight";

  @TempDir Path folder;

  /** The case's weights with some tensors changed, added, or left out where they are null. */
  private Weights changed(String name, Map<String, Tensor> changes) {
    Path file = folder.resolve("model.safetensors");
    try (Weights weights = new GoldenCase(name).weights();
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      weights.names().forEach(n -> tensors.put(n, weights.load(n)));
      tensors.putAll(changes);
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return SafetensorsCheckpoint.open(file);
  }

  private static ConfigJson config(String name, String field, boolean value) {
    ConfigJson config = new GoldenCase(name).config();
    config.json().put(field, value);
    return config;
  }

  private static float[] logits(ConfigJson config, Weights stored) {
    try (Weights weights = stored;
        Decoder decoder = GoldenCase.decoder(config, weights, ModelOptions.defaults());
        Scope scope = Scope.open()) {
      return decoder.forward(Tensor.of(new long[] {1, 2, 3}, 1, 3)).toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.layers.0.self_attn.q_proj.bias",
        "model.layers.1.mlp.down_proj.bias",
        "model.layers.2.input_layernorm.weight",
        "model.layers.0.self_attn.sinks",
        "lm_head.bias",
        "extra"
      })
  void aTensorThatNoLayerTakesIsRefusedByName(String extra) {
    try (Scope scope = Scope.open()) {
      Weights weights = changed("llama", Map.of(extra, Tensor.ones(32)));
      assertThatThrownBy(() -> logits(new GoldenCase("llama").config(), weights))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "build the model: expected a layer for each tensor of the checkpoint, got none that"
                  + " takes '"
                  + extra
                  + "'; use config and weights of one model; without these tensors it would be"
                  + " another");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.layers.0.self_attn.rotary_emb.inv_freq",
        "model.layers.0.self_attn.masked_bias",
        "vision_tower.patch.weight",
        "mtp.0.norm.weight"
      })
  void constantsAndOtherPartsAreLeftAlone(String extra) {
    try (Scope scope = Scope.open()) {
      Weights weights = changed("llama", Map.of(extra, Tensor.ones(4)));
      ConfigJson config = new GoldenCase("llama").config();
      assertThat(logits(config, weights))
          .isEqualTo(logits(config, new GoldenCase("llama").weights()));
    }
  }

  /** As transformers has it. */
  @Test
  void anotherHeadThanTheTableIsUsedThoughTheConfigTiesThem() {
    try (LogOf log = new LogOf(Decoder.class)) {
      assertThat(logits(config("llama", "tie_word_embeddings", true), untied()))
          .isEqualTo(logits(new GoldenCase("llama").config(), untied()));
      assertThat(log.toString())
          .contains("WARNING tie_word_embeddings is true, but")
          .containsOnlyOnce("\n");
    }
  }

  private static Weights untied() {
    return new GoldenCase("llama").weights();
  }

  @Test
  void aCopyOfTheTableIsTied() {
    ConfigJson tied = config("llama", "tie_word_embeddings", true);
    try (Scope scope = Scope.open()) {
      Tensor table;
      try (Weights weights = untied()) {
        table = weights.load(TABLE);
      }
      for (DType stored : List.of(table.dtype(), DType.FLOAT32)) {
        try (Weights weights = changed("llama", Map.of(HEAD, table.to(stored)));
            Decoder decoder = GoldenCase.decoder(tied, weights, ModelOptions.defaults())) {
          Tensor ids = Tensor.of(new long[] {1, 2, 3}, 1, 3);
          decoder.forward(ids);
          assertThat(decoder.parameters()).doesNotContainKey(HEAD);
        }
      }
    }
  }

  @Test
  void aNetworkSavedWithoutItsHeadRunsWhereTheHeadIsTheTable() {
    GoldenCase golden = new GoldenCase("llama-tied-bias");
    Weights bare = golden.renamed(folder, n -> n.replaceFirst("^model\\.", ""));
    assertThat(bare.names()).contains("embed_tokens.weight");
    assertThat(logits(golden.config(), bare)).isEqualTo(logits(golden.config(), golden.weights()));
  }

  @Test
  void aNetworkSavedWithoutItsHeadIsRefusedWhereItHadOne() {
    GoldenCase golden = new GoldenCase("llama");
    Weights bare =
        golden.renamed(folder, n -> n.equals(HEAD) ? "" : n.replaceFirst("^model\\.", ""));
    assertThatThrownBy(() -> logits(golden.config(), bare))
        .hasMessage(
            "open the decoder: expected 'lm_head.weight', as tie_word_embeddings is false, got a"
                + " checkpoint without it; save the model with its language head");
  }
}
