package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RerankCommandTest {
  private static final List<String> TEXTS = List.of("the cat", "a big ship", "a dog ran", "wind");

  @TempDir private Path temp;

  private static Ran rerank(String... rest) {
    List<String> line = new ArrayList<>(List.of("rerank", Models.RERANKER, "what is a ship?"));
    line.addAll(List.of(rest));
    return Ran.deepseek(line.toArray(String[]::new));
  }

  private static Ran rerankAll(String... options) {
    List<String> rest = new ArrayList<>(TEXTS);
    rest.addAll(List.of(options));
    return rerank(rest.toArray(String[]::new));
  }

  @Test
  void printsScoresAndTextsBestFirst() {
    Ran ran = rerankAll();
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).isEmpty();
    List<String[]> lines = ran.out().lines().map(line -> line.strip().split("  ", 2)).toList();
    assertThat(lines).extracting(line -> line[1]).containsExactlyInAnyOrderElementsOf(TEXTS);
    assertThat(lines.stream().map(line -> Double.parseDouble(line[0])).toList())
        .allMatch(score -> score > 0 && score < 1)
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void topIsTheBeginning() {
    List<String> all = rerankAll().out().lines().toList();
    assertThat(rerankAll("--top", "2").out().lines().toList()).isEqualTo(all.subList(0, 2));
    assertThat(rerankAll("--top=9").out().lines().toList()).isEqualTo(all);
  }

  @Test
  void jsonHasTheIndex() throws Exception {
    List<String> lines = rerankAll("--json").out().lines().toList();
    assertThat(lines).hasSize(TEXTS.size());
    double before = 1;
    for (String line : lines) {
      JsonNode json = new ObjectMapper().readTree(line);
      assertThat(json.path("text").asText()).isEqualTo(TEXTS.get(json.path("index").asInt(-1)));
      assertThat(json.path("score").asDouble()).isBetween(0.0, before);
      before = json.path("score").asDouble();
    }
  }

  @Test
  void readsTextsFromStandardInputAndFiles() throws IOException {
    Ran given = rerankAll();
    String lines = String.join("\n", TEXTS) + "\n";
    String[] line = {"rerank", Models.RERANKER, "what is a ship?"};
    assertThat(Ran.withInput(lines, line)).isEqualTo(given);
    assertThat(Ran.withInput(lines, line[0], line[1], line[2], "-")).isEqualTo(given);
    Path file = Files.writeString(temp.resolve("texts.txt"), lines);
    assertThat(rerank("-f", file.toString())).isEqualTo(given);
    Ran both = rerankAll("-f", file.toString());
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("--file: expected no texts beside it").hasLineCount(1);
    Files.writeString(file, "");
    assertThat(rerank("-f", file.toString()).err()).contains("no texts").hasLineCount(1);
    assertThat(rerank("-f", temp.resolve("none").toString()).exitCode()).isEqualTo(1);
  }

  @Test
  void pairsThatWereCutAreCounted() {
    Ran ran = rerank("the cat", "the cat ".repeat(400), "a dog");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).hasLineCount(1).contains("1 text was longer than the model's 40 tokens");
  }

  @ParameterizedTest
  @CsvSource({"--top, 0, at least 1", "--top, -1, at least 1", "--threads, 0, 1 to 1024"})
  void whatIsOutOfRangeIsNamedWithTheRange(String option, String value, String expected) {
    Ran ran = rerankAll(option, value);
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).startsWith("deepseek: " + option + ": expected ").hasLineCount(1);
    assertThat(ran.err()).contains(expected, "got ");
  }

  @Test
  void nothingToRankIsWrongUsage() {
    Ran ran = Ran.withInput("", "rerank", Models.RERANKER, "what is a ship?");
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("no texts").hasLineCount(1);
    assertThat(Ran.deepseek("rerank", Models.RERANKER).exitCode()).isEqualTo(2);
  }

  @Test
  void modelsOfVectorsAndWordsScoreNothing() {
    Ran ran = Ran.deepseek("rerank", Models.ENCODER, "what?", "the cat");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).hasLineCount(1).contains("deepseek embed");
    Ran decoder = Ran.deepseek("rerank", Models.MOE, "what?", "the cat");
    assertThat(decoder.exitCode()).isEqualTo(1);
    assertThat(decoder.err()).hasLineCount(1).contains("deepseek run");
  }
}
