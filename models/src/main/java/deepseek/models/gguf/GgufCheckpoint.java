package deepseek.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.models.ConfigJson;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufMetadata;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** One GGUF file read as config.json and Hugging Face weights. */
public final class GgufCheckpoint {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final String fileName;
  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final String prefix;

  /** Takes {@code file} over; it is closed with {@link #weights}. */
  public GgufCheckpoint(Path path, GgufFile file) {
    this.fileName = path.getFileName().toString();
    this.file = file;
    String name = file.metadata().requireText("general.architecture");
    this.architecture = GgufArchitecture.of(fileName, name);
    this.prefix = name + ".";
  }

  /** The tensors under their Hugging Face names, in their Hugging Face order of elements. */
  public Weights weights() {
    GgufMetadata m = file.metadata();
    long heads = m.requireWhole(prefix + "attention.head_count");
    long keyHeads = m.whole(prefix + "attention.head_count_kv").orElse(heads);
    return new GgufWeights(file, architecture, heads, keyHeads);
  }

  /** What config.json would say. */
  public ConfigJson config() {
    GgufMetadata m = file.metadata();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model_type", architecture.modelType);
    json.put("vocab_size", file.info("token_embd.weight").dims()[0]);
    json.put("hidden_size", m.requireWhole(prefix + "embedding_length"));
    json.put("intermediate_size", m.requireWhole(prefix + "feed_forward_length"));
    json.put("num_hidden_layers", m.requireWhole(prefix + "block_count"));
    long heads = m.requireWhole(prefix + "attention.head_count");
    json.put("num_attention_heads", heads);
    json.put("num_key_value_heads", m.whole(prefix + "attention.head_count_kv").orElse(heads));
    m.whole(prefix + "attention.key_length").ifPresent(v -> json.put("head_dim", v));
    json.put("max_position_embeddings", m.requireWhole(prefix + "context_length"));
    real("attention.layer_norm_rms_epsilon").ifPresent(v -> json.put("rms_norm_eps", (float) v));
    json.put("tie_word_embeddings", !file.names().contains("output.weight"));
    m.whole(prefix + "attention.sliding_window").ifPresent(v -> json.put("sliding_window", v));
    boolean biased = file.names().contains("blk.0.attn_q.bias");
    json.put("attention_bias", biased);
    m.whole("tokenizer.ggml.eos_token_id").ifPresent(v -> json.put("eos_token_id", v));
    rope(json);
    return new ConfigJson(fileName, json);
  }

  private OptionalDouble real(String key) {
    return file.metadata().real(prefix + key);
  }

  private void rope(ObjectNode json) {
    GgufMetadata m = file.metadata();
    real("rope.freq_base").ifPresent(v -> json.put("rope_theta", v));
    if (file.names().contains(ROPE_FACTORS)) {
      ArrayNode factors =
          json.putObject("rope_scaling").put("rope_type", "factors").putArray("factors");
      try (var scope = Scope.open()) {
        for (float f : file.load(ROPE_FACTORS, DType.FLOAT32, Device.CPU).toFloats()) {
          factors.add(f);
        }
      }
      return;
    }
    String type = m.text(prefix + "rope.scaling.type").orElse("none");
    if (type.equals("none")) {
      return;
    }
    ObjectNode scaling = json.putObject("rope_scaling").put("rope_type", type);
    real("rope.scaling.factor").ifPresent(v -> scaling.put("factor", v));
    m.whole(prefix + "rope.scaling.original_context_length")
        .ifPresent(v -> scaling.put("original_max_position_embeddings", v));
  }
}
