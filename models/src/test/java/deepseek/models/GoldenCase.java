package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.StrictJson;
import deepseek.models.decoder.Decoder;
import deepseek.models.decoder.DecoderFamilies;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.store.safetensors.SafetensorsFile;
import deepseek.store.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A folder of fixtures: a tiny checkpoint and what transformers computes from it. */
public final class GoldenCase {
  private final String name;

  public GoldenCase(String name) {
    this.name = name;
  }

  private static Path folder(String name) {
    var url = GoldenCase.class.getResource("/golden/" + name);
    if (url == null) {
      throw new AssertionError(
          "no fixture " + name + "; tools/golden/README.md says how to make it");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The case whose files of this role this case shares; its own name as a rule. */
  private String shared(String role) {
    Path file = folder(name).resolve("case.json");
    return Files.exists(file)
        ? StrictJson.object("read " + file, bytes(file)).path(role).asText(name)
        : name;
  }

  public Path folder() {
    return folder(name);
  }

  public ConfigJson config() {
    Path file = folder().resolve("config.json");
    return new ConfigJson("config.json", StrictJson.object("read " + file, bytes(file)));
  }

  /** The checkpoint; to be closed. */
  public Weights weights() {
    return SafetensorsCheckpoint.open(folder(shared("weights")));
  }

  /** A FLOAT32 decoder on these weights; to be closed. */
  public Decoder decoder(ModelOptions options) {
    return decoder(config(), weights(), options);
  }

  /** A FLOAT32 decoder that takes ownership of {@code weights}; to be closed. */
  public static Decoder decoder(ConfigJson config, Weights weights, ModelOptions options) {
    Weights described = WeightParameters.described(config, weights);
    return decoder(config, described, options, Optional.empty());
  }

  /** The same with packed weights kept in a file. */
  static Decoder decoder(
      ConfigJson config,
      Weights described,
      ModelOptions options,
      Optional<PackedWeights.Kept> kept) {
    Optional<PackedWeights> packed =
        options
            .quantization()
            .filter(q -> !q.equals(QuantizationConfig.NONE))
            .map(q -> new PackedWeights(new Packer(described, q), kept));
    return new Decoder(
        DecoderFamilies.read(config),
        new WeightParameters(described, DType.FLOAT32, Device.CPU, packed),
        new WeightResidency(described, DType.FLOAT32, options.memoryBudget(), packed),
        options.cacheDtype(DType.FLOAT32));
  }

  /** Names of all folders whose reference is a decoder's. */
  public static List<String> decoders() {
    try (Stream<Path> folders = Files.list(folder("llama").resolveSibling(""))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("config.json")))
          .map(folder -> folder.getFileName().toString())
          .filter(name -> new GoldenCase(name).isDecoder())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isDecoder() {
    return config().texts("architectures").getFirst().endsWith("ForCausalLM");
  }

  /** Writes the weights under other names; those renamed to nothing are left out. */
  public Weights renamed(Path target, UnaryOperator<String> newName) {
    Path file = target.resolve("model.safetensors");
    try (Weights weights = weights();
        var scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      weights.names().forEach(old -> tensors.put(newName.apply(old), weights.load(old)));
      tensors.remove("");
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return SafetensorsCheckpoint.open(file);
  }

  /** One tensor of reference.safetensors, in the innermost scope. */
  public Tensor reference(String tensor) {
    Path file = folder(shared("reference")).resolve("reference.safetensors");
    try (Weights weights = SafetensorsFile.open(file)) {
      return weights.load(tensor);
    }
  }

  /** The texts of sentences.json. */
  public List<String> sentences() {
    Path file = folder().resolve("sentences.json");
    return StrictJson.array("read " + file, bytes(file))
        .valueStream()
        .map(t -> t.asText())
        .toList();
  }

  /** A copy of the whole folder below {@code target}, with the files that it shares. */
  public Path copyTo(Path target) {
    try {
      copy(folder(), target);
      for (String role : List.of("weights", "reference")) {
        String prefix = role.equals("weights") ? "model" : role;
        try (Stream<Path> files = Files.list(folder(shared(role)))) {
          for (Path file :
              files.filter(f -> f.getFileName().toString().startsWith(prefix)).toList()) {
            Path to = target.resolve(file.getFileName().toString());
            if (!Files.exists(to)) {
              Files.copy(file, to);
            }
          }
        }
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
