package deepseek.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.WeightParameters;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.store.safetensors.SafetensorsFile;
import deepseek.store.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One folder of {@code golden/}: a tiny checkpoint, opened in FLOAT32, and what transformers
 * computed from it. {@code tools/golden/README.md} says what the tensors of the reference are.
 */
final class GoldenCase implements AutoCloseable {
  private static final Path ROOT = Path.of("src/test/resources/golden");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Weights weights;
  private final SafetensorsFile reference;
  private final Decoder decoder;

  GoldenCase(String name) {
    Path folder = ROOT.resolve(name);
    JsonNode elsewhere =
        Files.exists(folder.resolve("case.json"))
            ? json(folder.resolve("case.json"))
            : JSON.createObjectNode();
    this.weights = SafetensorsCheckpoint.open(ROOT.resolve(elsewhere.path("weights").asText(name)));
    this.reference =
        SafetensorsFile.open(
            ROOT.resolve(elsewhere.path("reference").asText(name))
                .resolve("reference.safetensors"));
    this.decoder = decoder(config(name), weights);
  }

  /** Names of all folders whose reference is a decoder's. */
  static List<String> folders() {
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("config.json")))
          .filter(folder -> isDecoder(json(folder.resolve("config.json"))))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isDecoder(JsonNode config) {
    return config.path("architectures").path(0).asText().endsWith("ForCausalLM");
  }

  static ConfigJson config(String name) {
    return new ConfigJson("config.json", json(ROOT.resolve(name).resolve("config.json")));
  }

  static Weights weights(String name) {
    return SafetensorsCheckpoint.open(ROOT.resolve(name));
  }

  /** Writes a case's weights under other names; those renamed to nothing are left out. */
  static Weights renamed(String name, Path folder, UnaryOperator<String> newName) {
    Path file = folder.resolve("model.safetensors");
    try (Weights weights = weights(name);
        var scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      weights.names().forEach(old -> tensors.put(newName.apply(old), weights.load(old)));
      tensors.remove("");
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return SafetensorsCheckpoint.open(file);
  }

  private static ObjectNode json(Path file) {
    try {
      return (ObjectNode) JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A FLOAT32 decoder without a memory budget. */
  static Decoder decoder(ConfigJson config, Weights weights) {
    return new Decoder(
        DecoderFamilies.read(config),
        new WeightParameters(
            WeightParameters.described(config, weights), DType.FLOAT32, Device.CPU),
        new InMemory());
  }

  Decoder decoder() {
    return decoder;
  }

  /** A tensor of the reference in its own type. */
  Tensor expected(String name) {
    return reference.load(name);
  }

  /** Token ids of the reference, or a slice of their columns. */
  Tensor ids(String name) {
    return reference.load(name).to(DType.INT64);
  }

  @Override
  public void close() {
    decoder.close();
    reference.close();
    weights.close();
  }

  /** All weights at hand. */
  private record InMemory() implements Residency {
    @Override
    public OptionalLong budget() {
      return OptionalLong.empty();
    }

    @Override
    public long bytes(String prefix) {
      return 0;
    }

    @Override
    public void prefetch(String prefix) {}

    @Override
    public void release(String prefix) {}

    @Override
    public void close() {}
  }
}
