package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers end where those of transformers' generate do; tools/golden/eos.py wrote the cases. */
class EndTokensTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  record Case(JsonNode generation, JsonNode config, List<Integer> ends) {}

  static Stream<Case> cases() throws IOException {
    try (var in = EndTokensTest.class.getResourceAsStream("/golden/eos.json")) {
      return JSON
          .readValue(Objects.requireNonNull(in), new TypeReference<List<Case>>() {})
          .stream();
    }
  }

  private Set<Integer> ends(Case c, Set<Integer> tokenizer) throws IOException {
    Path config = Files.writeString(folder.resolve("config.json"), c.config.toString());
    if (!c.generation.isNull()) {
      Files.writeString(folder.resolve("generation_config.json"), c.generation.toString());
    }
    return EndTokens.ofFolder(folder, Checkpoint.readConfig(config).ids("eos_token_id"), tokenizer);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void areThoseOfTransformers(Case c) throws IOException {
    // Where transformers would never end, what config.json says still counts.
    Set<Integer> expected = c.ends.isEmpty() ? Set.of(7) : Set.copyOf(c.ends);
    assertThat(ends(c, Set.of(3))).isEqualTo(expected);
  }

  @Test
  void areTheTokenizersWhereNothingElseNamesAny() throws IOException {
    JsonNode none = JSON.createObjectNode();
    assertThat(ends(new Case(none, none, List.of()), Set.of(3))).containsExactly(3);
  }
}
