package deepseek.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.StrictJson;
import deepseek.models.AutoModel;
import deepseek.models.Batch;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.store.gguf.GgufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that say or hold something unusual, against tools/golden/gguf_variants.py. */
@ExtendWith(LeakCheck.class)
class GgufVariantsTest {
  private static final int TOKENS = 24;
  private static final int VOCABULARY = 96;

  private static final String FACTOR = "llama.rope.scaling.factor";
  private static final String KEY_HEADS = "llama.attention.head_count_kv";

  static final Map<String, GgufCopy> VARIANTS =
      Map.ofEntries(
          Map.entry("plain", GgufCopy.of("llama")),
          Map.entry("mlp-biases", GgufCopy.of("llama").with(GgufVariantsTest::mlpBiases)),
          Map.entry(
              "output-bias-of-one-layer",
              GgufCopy.of("llama").with(w -> bias(w, "blk.1.attn_output.bias", 32, 3))),
          Map.entry(
              "query-and-key-biases",
              GgufCopy.of("llama")
                  .with(w -> bias(w, "blk.0.attn_q.bias", 32, 1))
                  .with(w -> bias(w, "blk.0.attn_k.bias", 16, 2))),
          Map.entry(
              "scale-linear",
              GgufCopy.of("llama").with(w -> w.float32("llama.rope.scale_linear", 4))),
          Map.entry("factor-without-kind", GgufCopy.of("llama").with(w -> w.float32(FACTOR, 4))),
          Map.entry(
              "factor-of-kind-none",
              GgufCopy.of("llama")
                  .with(w -> w.float32(FACTOR, 4).text("llama.rope.scaling.type", "none"))),
          Map.entry("divisors", GgufCopy.of("llama").with(GgufVariantsTest::divisors)),
          Map.entry(
              "divisors-and-factor",
              GgufCopy.of("llama")
                  .with(GgufVariantsTest::divisors)
                  .with(w -> w.float32(FACTOR, 4))),
          Map.entry(
              "key-heads-by-layer",
              GgufCopy.of("llama").with(KEY_HEADS, w -> w.int32s(KEY_HEADS, 2, 2))),
          Map.entry("no-base", GgufCopy.of("gemma3").without("gemma3.rope.freq_base")),
          Map.entry(
              "window-base",
              GgufCopy.of("gemma3").with(w -> w.float32("gemma3.rope.freq_base_swa", 50))),
          Map.entry(
              "window-pattern",
              GgufCopy.of("gemma3")
                  .with(w -> w.uint32("gemma3.attention.sliding_window_pattern", 2))),
          Map.entry("no-window", GgufCopy.of("gemma3").without("gemma3.attention.sliding_window")));

  static final List<String> NAMES = VARIANTS.keySet().stream().sorted().toList();

  @TempDir Path folder;

  private static void mlpBiases(GgufWriter writer) {
    List<String> parts = List.of("gate", "up", "down");
    for (int layer = 0; layer < 2; layer++) {
      for (int k = 0; k < parts.size(); k++) {
        String name = "blk." + layer + ".ffn_" + parts.get(k) + ".bias";
        bias(writer, name, parts.get(k).equals("down") ? 32 : 48, layer + k);
      }
    }
  }

  private static void bias(GgufWriter writer, String name, int size, int seed) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = ((i * 7 + seed * 5) % 17 - 8) / 8f;
    }
    writer.tensor(name, Tensor.of(values, size), GgmlType.F32);
  }

  private static void divisors(GgufWriter writer) {
    writer.tensor(
        "rope_freqs.weight", Tensor.of(new float[] {1, 1.75f, 2.5f, 3.25f}, 4), GgmlType.F32);
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void givesLlamaCppsLogits(String name) throws IOException {
    Path file = exact(Objects.requireNonNull(VARIANTS.get(name))).write(folder.resolve("x.gguf"));
    try (var decoder =
            AutoModel.fromPretrained(
                file.toString(), ModelOptions.defaults().withDtype(DType.FLOAT32));
        Batch cache = new Batch(decoder, TOKENS, 0);
        var scope = Scope.open()) {
      Tensor want = Tensor.of(expected(name), 1, VOCABULARY);
      Tensor all = decoder.forward(ids());
      assertThat(all.select(1, TOKENS - 1).sub(want).abs().max().item()).isLessThan(2e-3);
      Tensor planned = cache.forwardLast(ids());
      assertThat(planned.sub(want).abs().max().item()).isLessThan(2e-3);
    }
  }

  /** Weights as the script has them: the two multiply types of few bits in different ways. */
  private static GgufCopy exact(GgufCopy copy) {
    return copy.types(tensor -> Optional.of(GgmlType.F32));
  }

  private static Tensor ids() {
    return Tensor.of(
        IntStream.range(0, TOKENS).mapToLong(i -> (i * 7919L + 13) % VOCABULARY).toArray(),
        1,
        TOKENS);
  }

  private static float[] expected(String name) throws IOException {
    Path file = Path.of("src/test/resources/gguf/variants.json");
    ObjectNode all = StrictJson.object(file.toString(), Files.readAllBytes(file));
    float[] row = new float[VOCABULARY];
    for (int i = 0; i < VOCABULARY; i++) {
      row[i] = all.get(name).get(i).floatValue();
    }
    return row;
  }

  /** What llama.cpp counts as a wrong number of tensors. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "blk.0.attn_sinks.weight",
        "blk.1.ffn_gate_inp.weight",
        "blk.0.attn_q_norm.weight",
        "blk.2.attn_norm.weight",
        "output.bias",
        "rope_factors_long.weight",
        "something"
      })
  void aTensorThatNoLayerTakesIsRefusedByName(String tensor) {
    Path file =
        GgufCopy.of("llama")
            .with(w -> w.tensor(tensor, Tensor.ones(32), GgmlType.F32))
            .write(folder.resolve("x.gguf"));
    assertThatThrownBy(() -> run(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected a layer for each tensor of the checkpoint, got none that")
        .hasMessageContaining(
            tensor
                .replace("blk.0.attn_q_norm", "model.layers.0.self_attn.q_norm")
                .replace("blk.2.attn_norm", "model.layers.2.input_layernorm")
                .replace("output.bias", "lm_head.bias"));
  }

  /** In a GGUF of this architecture llama.cpp has no use for divisors. */
  @Test
  void divisorsOfAnArchitectureThatHasNoneAreRefused() {
    Path file =
        GgufCopy.of("qwen2")
            .with(w -> w.tensor("rope_freqs.weight", Tensor.ones(4), GgmlType.F32))
            .write(folder.resolve("x.gguf"));
    assertThatThrownBy(() -> run(file)).hasMessageContaining("'rope_freqs.weight'");
  }

  @Test
  void layersThatPredictFurtherTokensArePassedOver() {
    Path file =
        GgufCopy.of("deepseek-v3")
            .with("deepseek2.block_count", w -> w.uint32("deepseek2.block_count", 4))
            .with(w -> w.uint32("deepseek2.nextn_predict_layers", 1))
            .with(w -> w.tensor("blk.3.attn_norm.weight", Tensor.ones(32), GgmlType.F32))
            .with(w -> w.tensor("blk.3.nextn.enorm.weight", Tensor.ones(32), GgmlType.F32))
            .with(w -> w.tensor("blk.3.nextn.eh_proj.weight", Tensor.ones(32, 64), GgmlType.F32))
            .write(folder.resolve("x.gguf"));
    assertThat(run(file)).isEqualTo(run(GgufCopy.original("deepseek-v3")));
  }

  @Test
  void headsThatDifferByLayerAreRefused() {
    Path file =
        GgufCopy.of("llama")
            .with(KEY_HEADS, w -> w.int32s(KEY_HEADS, 2, 1))
            .write(folder.resolve("x.gguf"));
    assertThatThrownBy(() -> run(file))
        .hasMessage(
            "open x.gguf: expected llama.attention.head_count_kv to be the same number for all"
                + " layers, got [2, 1]; convert the model to GGUF again with a current converter");
  }

  static float[] run(Path file) {
    try (var decoder =
            AutoModel.fromPretrained(
                file.toString(), ModelOptions.defaults().withDtype(DType.FLOAT32));
        Batch cache = new Batch(decoder, 8, 0);
        var scope = Scope.open()) {
      Tensor ids = Tensor.of(new long[] {1, 2, 3}, 1, 3).to(Device.CPU);
      decoder.forward(ids);
      return cache.forwardLast(ids).toFloats();
    }
  }
}
