package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbedCommandTest {
  @Test
  void printsALineOfJsonPerSentence() throws Exception {
    Ran ran = Ran.deepseek("embed", Models.ENCODER, "the cat", "a \"dog\"");
    assertThat(ran.exitCode()).isZero();
    List<String> lines = ran.out().lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode second = new ObjectMapper().readTree(lines.get(1));
    assertThat(second.get("text").asText()).isEqualTo("a \"dog\"");
    double square = 0;
    for (JsonNode value : second.get("embedding")) {
      square += value.asDouble() * value.asDouble();
    }
    assertThat(square).isGreaterThan(0);
  }

  @Test
  void readsSentencesFromStandardInput() {
    Ran given = Ran.deepseek("embed", Models.ENCODER, "the cat", "a dog");
    assertThat(Ran.withInput("the cat\na dog\n", "embed", Models.ENCODER)).isEqualTo(given);
  }

  @Test
  void blankLinesKeepTheirPlaces() {
    List<String> lines =
        Ran.withInput("the cat\n\na dog\n", "embed", Models.ENCODER).out().lines().toList();
    List<String> without =
        Ran.withInput("the cat\na dog\n", "embed", Models.ENCODER).out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("{\"text\":\"\",");
    assertThat(List.of(lines.get(0).substring(0, 40), lines.get(2).substring(0, 40)))
        .isEqualTo(without.stream().map(line -> line.substring(0, 40)).toList());
  }

  @Test
  void textsThatWereCutAreCounted() {
    Ran ran = Ran.deepseek("embed", Models.ENCODER, "the cat", "the cat ".repeat(400), "a dog");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).hasLineCount(1).contains("1 text was longer than the model's ");
    assertThat(Ran.deepseek("embed", Models.ENCODER, "the cat", "a dog").err()).isEmpty();
  }

  @Test
  void similarityIsOneOfASentenceWithItself() {
    Ran ran = Ran.deepseek("embed", Models.ENCODER, "--similarity", "the cat", "a dog", "the cat");
    List<String> lines = ran.out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(1).strip().split("\\s+", 5))
        .startsWith("1", "1.000")
        .endsWith("1.000", "the cat");
  }

  @Test
  void nothingToEmbedIsWrongUsage() {
    Ran ran = Ran.withInput("", "embed", Models.ENCODER);
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("no sentences").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--kv-cache=int8", "--ctx=9", "--memory-budget=1GB"})
  void optionsOfLanguageModelsAreUnknown(String option) {
    Ran ran = Ran.deepseek("embed", Models.ENCODER, option, "the cat");
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("Unknown option", option).hasLineCount(1);
  }

  @Test
  void decoderIsNoEncoder() {
    Ran ran = Ran.deepseek("embed", Models.MOE, "the cat");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).hasLineCount(1).contains("deepseek run");
    Ran other = Ran.deepseek("run", Models.ENCODER, "the cat");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).hasLineCount(1).contains("deepseek embed");
  }
}
