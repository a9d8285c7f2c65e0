package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.bert.Bert;
import deepseek.models.bert.BertConfig;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderFamilies;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Activation;
import deepseek.nn.attention.RopeScaling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a config record writes, it reads. */
class ConfigRoundTripTest {
  @TempDir Path folder;

  static List<String> decoders() {
    return GoldenCase.decoders();
  }

  private static ModelConfig read(ConfigJson json) {
    return new Bert.Family().modelTypes().contains(json.text("model_type"))
        ? BertConfig.read(json)
        : DecoderFamilies.read(json).config();
  }

  private ModelConfig written(ModelConfig config) {
    Path file = folder.resolve("written/config.json");
    config.write(file);
    return read(Checkpoint.readConfig(file));
  }

  @ParameterizedTest
  @MethodSource("decoders")
  @ValueSource(strings = {"bert", "bert-prefixed", "roberta", "xlm-roberta"})
  void aWrittenConfigReadsAsItWas(String name) {
    ModelConfig config = read(new GoldenCase(name).config());
    assertThat(written(config)).isEqualTo(config);
    assertThat(config.toJson().get("model_type").asText()).isEqualTo(config.modelType());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-rope-llama3", "mixtral", "gemma3", "deepseek-v2-lite", "deepseek-v3"})
  void oneOfAGgufFileToo(String name) {
    try (var gguf = Checkpoint.open(Path.of("src/test/resources/gguf/" + name + ".gguf"))) {
      ModelConfig config = read(gguf.config());
      assertThat(written(config)).isEqualTo(config);
    }
  }

  @Test
  void everyKindOfRopeScalingComesBack() {
    List<RopeScaling> scalings =
        List.of(
            new RopeScaling.None(),
            new RopeScaling.Linear(4),
            new RopeScaling.Dynamic(2, 512),
            new RopeScaling.Llama3(8, 1, 4, 256),
            new RopeScaling.Yarn(4, 32, 1, 128, 1.25, true),
            new RopeScaling.Yarn(4, 16, 2, 128, RopeScaling.Yarn.magnitude(4, 1), false),
            new RopeScaling.LongRope(4, List.of(1f, 1.1f), List.of(2f, 8f), 128, 1.2));
    for (RopeScaling scaling : scalings) {
      var rope = new RopeSettings(5000, scaling, RopeSettings.Magnitudes.NONE);
      ObjectNode json = new GoldenCase("llama").config().json().objectNode();
      rope.writeTo(json);
      assertThat(RopeSettings.read(new ConfigJson("written", json), 512)).isEqualTo(rope);
      json.removeAll().set("rope_parameters", rope.toJson());
      assertThat(RopeSettings.read(new ConfigJson("written", json), 512)).isEqualTo(rope);
    }
  }

  @Test
  void fieldsOfNoConcernToTheNetworkPass() {
    ObjectNode json = new GoldenCase("llama").config().json();
    ModelConfig plain = read(new ConfigJson("config.json", json));
    json.put("use_cache", "whatever").put("pretraining_tp", -7).putObject("task_specific_params");
    assertThat(read(new ConfigJson("config.json", json))).isEqualTo(plain);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama:rope_theta:-1",
        "llama:rms_norm_eps:-1",
        "gemma3:query_pre_attn_scalar:0",
        "gemma3:sliding_window_pattern:-2",
        "qwen3-moe:decoder_sparse_step:0",
        "bert:num_attention_heads:5",
        "roberta:max_position_embeddings:2",
        "deepseek-v3:moe_layer_freq:0"
      })
  void whatNoNetworkCanHaveIsRefusedByName(String change) {
    String[] parts = change.split(":");
    ObjectNode json = new GoldenCase(parts[0]).config().json();
    json.put(parts[1], Integer.parseInt(parts[2]));
    assertThatThrownBy(() -> read(new ConfigJson("config.json", json)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected " + parts[1] + " to be ")
        .hasMessageContaining(", got " + parts[2]);
  }

  @Test
  void aRecordMadeInJavaIsCheckedToo() {
    assertThatThrownBy(() -> new AttentionHeads(6, 4, 64))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "make a config: expected num_key_value_heads to be a divisor of num_attention_heads 6,"
                + " got 4; fix config.json, or take the one that came with the weights");
    assertThatThrownBy(
            () -> new CommonFields("llama", 0, 8, 1, Activation.SILU, 16, 1e-6, false, List.of()))
        .hasMessageContaining("vocab_size to be a whole number from 1, got 0");
  }

  @Test
  void nothingHalfWrittenStaysBehind() throws Exception {
    Path file = folder.resolve("config.json");
    Files.createDirectory(file);
    ModelConfig config = read(new GoldenCase("llama").config());
    assertThatThrownBy(() -> config.write(file)).hasMessageStartingWith("write ");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }
}
