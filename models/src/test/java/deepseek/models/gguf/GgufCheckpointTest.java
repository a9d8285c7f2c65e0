package deepseek.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.StrictJson;
import deepseek.models.AutoModel;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.DecoderFamilies;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the golden checkpoints that tools/golden/gguf_models.py converted to GGUF. */
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
          "max_window_layers",
          "decoder_sparse_step",
          "mlp_only_layers",
          "hidden_dropout_prob",
          "attention_probs_dropout_prob",
          "position_embedding_type");

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
        "mixtral-single",
        "qwen2",
        "qwen2-moe",
        "qwen3",
        "qwen3-moe",
        "gemma3",
        "deepseek-moe",
        "deepseek-v2-lite",
        "deepseek-v3"
      })
  void namesValuesAndConfigurationAreThoseOfTheCheckpoint(String name) throws IOException {
    Path golden = RESOURCES.resolve("golden").resolve(name.replace("-single", ""));
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-rope-llama3",
        "mixtral",
        "mixtral-single",
        "qwen2-moe",
        "qwen3-moe",
        "deepseek-v3"
      })
  void theDecoderGivesTheReferencesLogits(String name) {
    GoldenCase golden = new GoldenCase(name.replace("-single", ""));
    String file = RESOURCES.resolve("gguf").resolve(name + ".gguf").toString();
    try (var decoder =
            AutoModel.fromPretrained(file, ModelOptions.defaults().withDtype(DType.FLOAT32));
        var scope = Scope.open()) {
      var ids = golden.reference("long.input_ids").to(DType.INT64);
      var distance = decoder.forward(ids).sub(golden.reference("long.logits")).abs().max();
      assertThat(distance.item()).isLessThan(1e-4);
    }
  }

  @Test
  void anEncoderGivesTheReferencesVectors() {
    GoldenCase golden = new GoldenCase("sentence-cls");
    try (var encoder = SentenceEncoder.open(RESOURCES.resolve("gguf/sentence-cls.gguf"));
        var scope = Scope.open()) {
      float[] expected = golden.reference("plain.embeddings").toFloats();
      assertThat(encoder.maxTokens()).isEqualTo(40);
      assertThat(encoder.dim()).isEqualTo(32);
      for (int row = 0; row < golden.sentences().size(); row++) {
        String text = golden.sentences().get(row);
        if (text.length() < 60) { // the longer one is cut where only the folder says
          assertThat(encoder.encode(text))
              .as(text)
              .containsExactly(
                  Arrays.copyOfRange(expected, 32 * row, 32 * row + 32), within(1e-4f));
        }
      }
    }
  }

  @Test
  void aVocabularyOfOneTokenTypeIsAMatrixOfOneRow() {
    Path file = folder.resolve("x.gguf");
    try (Scope scope = Scope.open()) {
      bert().tensor("token_types.weight", Tensor.ones(8), GgmlType.F32).write(file);
    }
    GgufCheckpoint checkpoint = new GgufCheckpoint(file, GgufFile.open(file));
    try (Weights weights = checkpoint.weights();
        Scope scope = Scope.open()) {
      String name = "embeddings.token_type_embeddings.weight";
      assertThat(weights.info(name).shape()).containsExactly(1L, 8L);
      assertThat(weights.load(name).shape()).containsExactly(1, 8);
      weights.prefetch(weights.names());
      assertThat(checkpoint.config().size("type_vocab_size")).isEqualTo(1);
    }
  }

  private static GgufWriter bert() {
    return new GgufWriter("bert")
        .uint32("bert.embedding_length", 8)
        .uint32("bert.feed_forward_length", 16)
        .uint32("bert.block_count", 1)
        .uint32("bert.attention.head_count", 2)
        .float32("bert.attention.layer_norm_epsilon", 1e-12f)
        .tensor("token_embd.weight", Tensor.ones(4, 8), GgmlType.F32)
        .tensor("position_embd.weight", Tensor.ones(6, 8), GgmlType.F32);
  }

  @Test
  void tensorsOfAnotherRankAreRefused() {
    Path flat = folder.resolve("flat.gguf");
    Path empty = folder.resolve("empty.gguf");
    try (Scope scope = Scope.open()) {
      new GgufWriter("bert")
          .uint32("bert.embedding_length", 8)
          .tensor("token_embd.weight", Tensor.ones(8), GgmlType.F32)
          .write(flat);
      new GgufWriter("qwen3moe")
          .uint32("qwen3moe.attention.head_count", 2)
          .tensor("blk.0.ffn_up_exps.weight", Tensor.ones(1_000_000_000, 2, 0), GgmlType.F32)
          .write(empty);
    }
    try (GgufFile gguf = GgufFile.open(flat)) {
      assertThatThrownBy(new GgufCheckpoint(flat, gguf)::config)
          .hasMessageContaining("a table [rows, D] in 'token_embd.weight', got shape [8]");
    }
    try (GgufFile gguf = GgufFile.open(empty)) {
      assertThatThrownBy(new GgufCheckpoint(empty, gguf)::weights)
          .hasMessageContaining("expected experts stacked as [E, out, in], got [1000000000, 2, 0]");
    }
  }

  @Test
  void aRerankersPoolingIsRefused() {
    Path file = folder.resolve("x.gguf");
    try (Scope scope = Scope.open()) {
      bert().uint32("bert.pooling_type", 4).write(file);
    }
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThatThrownBy(new GgufCheckpoint(file, gguf)::pooling)
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "open x.gguf: expected bert.pooling_type to be 1 (mean), 2 (first token) or 3 (last"
                  + " token), got 4; choose a model made for embeddings");
    }
  }

  /** Gemma 3 27B divides by the size of its heads as if they shared the hidden size; 4B doesn't. */
  @ParameterizedTest
  @CsvSource({"62, 5376, 32, 128, 168", "34, 2560, 8, 256, 256"})
  void theLargestGemmaScalesQueriesByAnotherSize(
      int layers, int hidden, int heads, int headDim, int scalar) {
    Path file = gemma(layers, hidden, heads, headDim);
    try (GgufFile gguf = GgufFile.open(file)) {
      var config = new GgufCheckpoint(file, gguf).config();
      assertThat(config.number("query_pre_attn_scalar")).isEqualTo(scalar);
      assertThat(config.size("head_dim")).isEqualTo(headDim);
    }
  }

  @Test
  void aGemmaWithoutHeadsIsRefused() {
    Path file = gemma(62, 5376, 0, 128);
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThatThrownBy(() -> new GgufCheckpoint(file, gguf).config())
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(
              "expected gemma3.attention.head_count to be a whole number from 1 to 2147483647, got"
                  + " 0;");
    }
  }

  private Path gemma(int layers, int hidden, int heads, int headDim) {
    Path file = folder.resolve("x.gguf");
    try (Scope scope = Scope.open()) {
      new GgufWriter("gemma3")
          .uint32("gemma3.embedding_length", hidden)
          .uint32("gemma3.feed_forward_length", 16)
          .uint32("gemma3.block_count", layers)
          .uint32("gemma3.context_length", 1024)
          .uint32("gemma3.attention.head_count", heads)
          .uint32("gemma3.attention.head_count_kv", heads / 2)
          .uint32("gemma3.attention.key_length", headDim)
          .float32("gemma3.attention.layer_norm_rms_epsilon", 1e-6f)
          .tensor("token_embd.weight", Tensor.ones(1, 1), GgmlType.F32)
          .write(file);
    }
    return file;
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
          .hasMessageContaining(
              "llama, qwen2, qwen3, gemma3, deepseek, deepseek2, qwen2moe, qwen3moe, bert, got 'mamba'");
    }
  }
}
