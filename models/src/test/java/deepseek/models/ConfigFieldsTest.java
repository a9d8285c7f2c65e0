package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.models.encoder.Encoder;
import deepseek.models.encoder.EncoderFamilies;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.store.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each field of config.json that transformers reads, changed: the outputs are its own, or the field
 * is refused by name, or the tensor that it asks for is. {@code mvn -pl models -am test -Ppeer
 * -Dtest=ConfigFieldsTest}, with the Python of {@code tools/interop/requirements.txt} as
 * DEEPSEEK_PYTHON.
 */
@Tag("peer")
class ConfigFieldsTest {
  private static final double TOLERANCE = 1e-4;
  // More sequences than a plan takes: the layers then run one by one, with a cache.
  private static final int UNPLANNED = 33;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Heeded here as DeepSeek's own code heeds it; transformers passes over it. */
  private static final String OURS =
      """
      {"family":"deepseek_v2","change":{"norm_topk_prob":true},"harmless":true}""";

  /** What one changed config came to. */
  private sealed interface Outcome {
    record Same() implements Outcome {}

    record Refused() implements Outcome {}

    record Wrong(String what) implements Outcome {}
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert",
        "deepseek",
        "deepseek_v2",
        "deepseek_v3",
        "gemma3_text",
        "llama",
        "mistral",
        "mixtral",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
        "roberta",
        "xlm-roberta"
      })
  void everyFieldIsHeededOrRefusedByName(String family, @TempDir Path folder) throws Exception {
    make(family, folder);
    int same = 0;
    List<String> wrong = new ArrayList<>();
    try (Stream<Path> changes = Files.list(folder)) {
      for (Path change : changes.sorted().toList()) {
        JsonNode about = JSON.readTree(Files.readAllBytes(change.resolve("change.json")));
        if (about.toString().equals(OURS)) {
          continue;
        }
        switch (outcome(change, about.get("change"))) {
          case Outcome.Same() -> same++;
          case Outcome.Refused() -> {}
          case Outcome.Wrong(String what) -> wrong.add(about + ": " + what);
        }
      }
    }
    assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
    assertThat(same).isGreaterThan(20);
  }

  private static void make(String family, Path folder) throws IOException, InterruptedException {
    String python = System.getenv().getOrDefault("DEEPSEEK_PYTHON", "python3");
    Process process =
        new ProcessBuilder(python, "../tools/interop/fields.py", folder.toString(), family)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static Outcome outcome(Path folder, JsonNode change) {
    try (Weights reference = SafetensorsFile.open(folder.resolve("reference.safetensors"));
        Weights weights = SafetensorsCheckpoint.open(folder);
        var scope = Scope.open()) {
      ConfigJson config = Checkpoint.readConfig(folder.resolve("config.json"));
      Optional<String> wrong =
          reference.names().contains("hidden")
              ? encoderFault(config, weights, reference)
              : decoderFault(config, weights, reference);
      return wrong.<Outcome>map(Outcome.Wrong::new).orElseGet(Outcome.Same::new);
    } catch (DeepseekException e) {
      String message = e.toString();
      return message.contains("expected tensor '") || namesAny(change, message)
          ? new Outcome.Refused()
          : new Outcome.Wrong(message);
    } catch (RuntimeException e) {
      return new Outcome.Wrong(e.toString());
    }
  }

  private static boolean namesAny(JsonNode change, String message) {
    for (var field : change.properties()) {
      if (message.contains(field.getKey()) || namesAny(field.getValue(), message)) {
        return true;
      }
    }
    return false;
  }

  private static Optional<String> decoderFault(
      ConfigJson config, Weights weights, Weights reference) {
    Tensor ids = reference.load("input_ids");
    Tensor logits = reference.load("logits");
    Tensor steps = reference.load("decode_logits");
    try (Decoder decoder = GoldenCase.decoder(config, weights, ModelOptions.defaults())) {
      return fault("whole texts", decoder.forward(ids), logits)
          .or(() -> fault("planned steps", oneByOne(decoder, ids, steps.size(1)), steps))
          .or(
              () -> {
                Tensor many = oneByOne(decoder, ids.expand(UNPLANNED, ids.size(1)), steps.size(1));
                return fault("steps by layers", many.narrow(0, 0, 1), steps);
              });
    }
  }

  private static Tensor oneByOne(Decoder decoder, Tensor ids, long count) {
    List<Tensor> logits = new ArrayList<>();
    try (Batch cache = new Batch(decoder, 64, new int[(int) ids.size(0)])) {
      long first = ids.size(1) - count;
      cache.forwardLast(ids.narrow(1, 0, first));
      for (long at = first; at < ids.size(1); at++) {
        logits.add(cache.forward(ids.narrow(1, at, 1)));
      }
    }
    return Tensor.cat(logits, 1);
  }

  private static Optional<String> encoderFault(
      ConfigJson config, Weights weights, Weights reference) {
    Tensor ids = reference.load("input_ids");
    Tensor mask = reference.load("attention_mask");
    var parameters = new WeightParameters(weights, DType.FLOAT32, Device.CPU);
    try (Encoder encoder = EncoderFamilies.build(config, parameters)) {
      Tensor hidden = encoder.forward(ids, mask, ids.mul(0));
      Tensor text = mask.unsqueeze(-1).to(DType.FLOAT32);
      return fault("hidden states", hidden.mul(text), reference.load("hidden"));
    }
  }

  private static Optional<String> fault(String what, Tensor got, Tensor want) {
    double farthest = got.sub(want).abs().max().item();
    return farthest < TOLERANCE
        ? Optional.empty()
        : Optional.of(what + " are " + farthest + " away");
  }
}
