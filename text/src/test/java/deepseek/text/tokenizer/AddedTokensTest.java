package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Added tokens of a folder's files are merged as in transformers. */
class AddedTokensTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static JsonNode golden() throws IOException {
    try (var in =
        AddedTokensTest.class.getResourceAsStream("/golden/tokenizers/added-tokens.json")) {
      return JSON.readTree(Objects.requireNonNull(in));
    }
  }

  private static List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    golden().fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("names")
  void foldersHaveTheTokensThatTransformersFinds(String name) throws IOException {
    JsonNode made = golden().path(name);
    for (Map.Entry<String, JsonNode> file : made.path("files").properties()) {
      Files.write(folder.resolve(file.getKey()), JSON.writeValueAsBytes(file.getValue()));
    }
    assertThat(made.path("cases").size()).isGreaterThan(10);
    try (var tokenizer = Tokenizer.open(folder)) {
      Map<String, String> roles = new LinkedHashMap<>();
      made.path("roles").properties().forEach(e -> roles.put(e.getKey(), e.getValue().textValue()));
      SoftAssertions all = new SoftAssertions();
      all.assertThat(tokenizer.specialTokens().texts()).isEqualTo(roles);
      for (JsonNode c : made.path("cases")) {
        String text = c.path("text").textValue();
        int[] ids = ids(c, "ids");
        all.assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
        all.assertThat(tokenizer.encodePrompt(text)).as(text).isEqualTo(ids(c, "prompt"));
        all.assertThat(tokenizer.encodePlain(text)).as("plain %s", text).isEqualTo(ids(c, "plain"));
        all.assertThat(tokenizer.decode(ids)).isEqualTo(c.path("decoded").textValue());
        all.assertThat(tokenizer.decodeWithSpecialTokens(ids))
            .isEqualTo(c.path("shown").textValue());
      }
      all.assertAll();
    }
  }

  private static int[] ids(JsonNode c, String field) throws IOException {
    return JSON.treeToValue(c.path(field), int[].class);
  }
}
