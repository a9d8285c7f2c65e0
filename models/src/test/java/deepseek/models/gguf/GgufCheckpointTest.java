package deepseek.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.models.ModelException;
import deepseek.models.decoder.DecoderFamilies;
import deepseek.store.StrictJson;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the golden checkpoints that tools/golden/gguf_models.py turned into GGUF. */
@ExtendWith(LeakCheck.class)
class GgufCheckpointTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  /** Not weights' business, or said in other words by a GGUF. */
  private static final Set<String> NOT_IN_GGUF =
      Set.of(
          "architectures",
          "torch_dtype",
          "hidden_act",
          "hidden_activation",
          "bos_token_id",
          "pad_token_id",
          "moe_layer_freq",
          "num_nextn_predict_layers",
          "attention_bias",
          "mlp_bias",
          "sliding_window_pattern",
          "rope_local_base_freq",
          "query_pre_attn_scalar",
          "mscale",
          "type",
          "use_sliding_window",
          "max_window_layers");

  @TempDir Path folder;

  private static GgufCheckpoint open(String name) {
    Path file = RESOURCES.resolve("gguf").resolve(name + ".gguf");
    return new GgufCheckpoint(file, GgufFile.open(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "mixtral",
        "qwen2",
        "qwen3",
        "gemma3",
        "deepseek-moe",
        "deepseek-v2-lite",
        "deepseek-v3"
      })
  void namesValuesAndConfigurationAreThoseOfTheCheckpoint(String name) throws IOException {
    Path golden = RESOURCES.resolve("golden").resolve(name);
    ObjectNode config = StrictJson.object(name, Files.readAllBytes(golden.resolve("config.json")));
    if (config.has("use_sliding_window")) {
      config.remove("sliding_window"); // Qwen's is off
    }
    GgufCheckpoint checkpoint = open(name);
    try (Weights expected = SafetensorsCheckpoint.open(golden);
        Weights weights = checkpoint.weights()) {
      assertContains(checkpoint.config().json(), config);
      assertThat(DecoderFamilies.read(checkpoint.config())).isNotNull();

      String further = "model.layers." + config.get("num_hidden_layers") + ".";
      Set<String> names =
          expected.names().stream().filter(n -> !n.startsWith(further)).collect(Collectors.toSet());
      assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(names);
      for (String tensor : names) {
        assertSame(weights, expected, tensor);
      }
    }
  }

  private static void assertSame(Weights weights, Weights expected, String tensor) {
    try (Scope scope = Scope.open()) {
      var values = weights.load(tensor, DType.BFLOAT16, Device.CPU);
      assertThat(values.shape()).isEqualTo(expected.info(tensor).dims());
      assertThat(weights.info(tensor).shape()).isEqualTo(expected.info(tensor).shape());
      assertThat(values.toFloats())
          .as(tensor)
          .isEqualTo(expected.load(tensor, DType.BFLOAT16, Device.CPU).toFloats());
    }
  }

  private static void assertContains(JsonNode actual, ObjectNode expected) {
    for (Map.Entry<String, JsonNode> field : expected.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (NOT_IN_GGUF.contains(name) || value.isNull()) {
        continue;
      }
      JsonNode found = actual.path(name);
      if (value.isObject()) {
        assertContains(found, (ObjectNode) value);
      } else if (value.isNumber()) {
        assertThat(found.isNumber()).as(name).isTrue();
        assertThat(found.floatValue()).as(name).isEqualTo(value.floatValue());
      } else {
        assertThat(found).as(name).isEqualTo(value);
      }
    }
  }

  @Test
  void namesTheArchitecturesItKnows() {
    Path file = folder.resolve("x.gguf");
    new GgufWriter("mamba").write(file);
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThatThrownBy(() -> new GgufCheckpoint(file, gguf))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("llama, qwen2, qwen3, gemma3, deepseek, deepseek2, got 'mamba'");
    }
  }
}
