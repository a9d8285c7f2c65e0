package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.models.encoder.EncoderFamilies;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field of config.json, changed: docs/fuzzing.md. */
class ConfigMutationTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Which of the changes {@code ./check} tries. */
  private static final int SAMPLE = 23;

  private static final List<JsonNode> VALUES =
      List.of(
          JSON.numberNode(0),
          JSON.numberNode(-1),
          JSON.numberNode(1),
          JSON.numberNode(3),
          JSON.numberNode(Integer.MAX_VALUE),
          JSON.numberNode(1L << 40),
          JSON.numberNode(1e300),
          JSON.numberNode(0.5),
          JSON.textNode("text"),
          JSON.booleanNode(true),
          JSON.booleanNode(false),
          JSON.nullNode(),
          JSON.arrayNode(),
          JSON.arrayNode().add(1),
          JSON.objectNode(),
          JSON.objectNode().put("factor", 2));

  static List<String> cases() {
    return Stream.concat(
            GoldenCase.decoders().stream(), Stream.of("bert", "roberta", "xlm-roberta"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void someChangesGiveAResultOrOneLine(String name) {
    tryAll(name, new Mutations(SAMPLE));
  }

  @ParameterizedTest
  @MethodSource("cases")
  @Tag("fuzz")
  void allChangesGiveAResultOrOneLine(String name) {
    tryAll(name, new Mutations(1));
  }

  private static void tryAll(String name, Mutations mutations) {
    GoldenCase golden = new GoldenCase(name);
    for (List<String> path : paths(golden.config().json())) {
      for (JsonNode value : VALUES) {
        mutations.attempt(
            name + ": " + String.join(".", path) + " = " + value,
            () -> run(golden, changed(golden, path, value)));
      }
    }
    assertThat(mutations.run()).isPositive();
    assertThat(mutations.faults()).isEmpty();
  }

  /** Of each field, and of those of the objects inside. */
  private static List<List<String>> paths(ObjectNode object) {
    List<List<String>> paths = new ArrayList<>();
    object
        .properties()
        .forEach(
            field -> {
              paths.add(List.of(field.getKey()));
              if (field.getValue() instanceof ObjectNode inner) {
                paths(inner)
                    .forEach(
                        path ->
                            paths.add(
                                Stream.concat(Stream.of(field.getKey()), path.stream()).toList()));
              }
            });
    return paths;
  }

  private static ConfigJson changed(GoldenCase golden, List<String> path, JsonNode value) {
    ConfigJson config = golden.config();
    ObjectNode at = config.json();
    for (String field : path.subList(0, path.size() - 1)) {
      at = (ObjectNode) at.get(field);
    }
    at.set(path.getLast(), value);
    return config;
  }

  private static void run(GoldenCase golden, ConfigJson config) {
    boolean isDecoder = golden.config().json().path("architectures").toString().contains("Causal");
    try (var weights = golden.weights();
        Scope scope = Scope.open()) {
      Tensor ids = Tensor.of(new long[] {1, 2, 3}, 1, 3);
      if (!isDecoder) {
        var parameters = new WeightParameters(weights, DType.FLOAT32, Device.CPU);
        try (var encoder = EncoderFamilies.build(config, parameters)) {
          encoder.forward(ids, Tensor.full(1, DType.INT64, Device.CPU, 1, 3), ids.mul(0));
        }
        return;
      }
      try (Decoder decoder = GoldenCase.decoder(config, weights, ModelOptions.defaults());
          Batch cache = new Batch(decoder, 8, 0)) {
        decoder.forward(ids);
        cache.forwardLast(ids);
      }
    }
  }
}
