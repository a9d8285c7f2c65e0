package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {
  @Test
  void answersTheSameEachTimeWithoutSampling() {
    Ran first = Ran.deepseek("run", Models.TINY, "the", "sky", "-n", "8");
    assertThat(first.exitCode()).isZero();
    assertThat(first.err()).contains("cut at its limit of 8 tokens; -n").hasLineCount(1);
    assertThat(first.out().strip()).isNotEmpty();
    assertThat(Ran.deepseek("run", Models.TINY, "the sky", "-n", "8")).isEqualTo(first);
  }

  @Test
  void readsThePromptFromStandardInput() {
    Ran given = Ran.deepseek("run", Models.TINY, "the sky", "-n", "4");
    assertThat(Ran.withInput("the sky", "run", Models.TINY, "-", "-n", "4")).isEqualTo(given);
    assertThat(Ran.withInput("the sky", "run", Models.TINY, "-n", "4")).isEqualTo(given);
  }

  @Test
  void aFileIsThePromptOrFollowsItsWords(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("sky.txt"), "the sky");
    String[] fromFile = {"run", Models.TINY, "-n", "4", "-f", file.toString()};
    assertThat(Ran.deepseek(fromFile))
        .isEqualTo(Ran.deepseek("run", Models.TINY, "the sky", "-n", "4"));
    String[] both = {"run", Models.TINY, "an inn", "-n", "4", "-f", file.toString()};
    assertThat(Ran.deepseek(both))
        .isEqualTo(Ran.deepseek("run", Models.TINY, "an inn\n\nthe sky", "-n", "4"));
    Files.write(file, new byte[] {(byte) 0xff, 'a'});
    assertThat(Ran.deepseek(fromFile).err()).contains("sky.txt", "UTF-8", "iconv").hasLineCount(1);
    Files.delete(file);
    assertThat(Ran.deepseek(fromFile).err()).contains("sky.txt", "nothing there").hasLineCount(1);
  }

  @Test
  void jsonHasTheAnswerAndWhatItTook() throws Exception {
    String text = Ran.deepseek("run", Models.TINY, "the sky", "-n", "4").out().strip();
    Ran ran = Ran.deepseek("run", Models.TINY, "the sky", "-n", "4", "--json");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    assertThat(json.path("text").asText().strip()).isEqualTo(text);
    assertThat(json.path("finish_reason").asText()).isEqualTo("length");
    assertThat(json.path("usage").path("completion_tokens").asInt()).isEqualTo(4);
    assertThat(json.path("timings").path("prompt_ms").asDouble()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "embed"})
  void aDeviceThatIsNotThereIsNamedInOneLine(String command) {
    Ran ran = Ran.deepseek(command, Models.TINY, "--device", "cuda:99", "the sky");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err().strip())
        .contains("run a model on cuda:99: expected a device", "got none")
        .doesNotContain("\n");
  }

  @Test
  void rawLeavesTheChatTemplateOut() {
    String[] chat = {"run", Models.TINY, "the sky", "-n", "8"};
    String[] raw = {"run", Models.TINY, "--raw", "the sky", "-n", "8"};
    assertThat(Ran.deepseek(raw).out()).isNotEqualTo(Ran.deepseek(chat).out());
  }

  @Test
  void aSystemMessageWithoutTheTemplateIsWrongUsage() {
    Ran ran = Ran.deepseek("run", Models.TINY, "--raw", "--system", "in an inn", "the sky");
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("--system", "--raw").hasLineCount(1);
  }

  @Test
  void optionsOfDrawingAreNotedWhileNothingIsDrawn() {
    String[] greedy = {"run", Models.TINY, "the sky", "-n", "1", "--top-k", "3", "--seed", "1"};
    Ran ran = Ran.deepseek(greedy);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).contains("--top-k, --seed: no effect").hasLineCount(2);
    String[] drawn = {"run", Models.TINY, "the sky", "-n", "1", "--top-k", "3", "-t", "1"};
    assertThat(Ran.deepseek(drawn).err()).doesNotContain("no effect");
  }

  @Test
  void systemMessageChangesTheAnswer() {
    String[] without = {"run", Models.TINY, "the sky", "-n", "8"};
    String[] with = {"run", Models.TINY, "the sky", "-n", "8", "--system", "in an inn"};
    assertThat(Ran.deepseek(with).out()).isNotEqualTo(Ran.deepseek(without).out());
  }

  @Test
  void seedDecidesWhatIsDrawn() {
    String one = sampled("1");
    assertThat(sampled("1")).isEqualTo(one);
    assertThat(sampled("2")).isNotEqualTo(one);
  }

  private static String sampled(String seed) {
    Ran ran = Ran.deepseek("run", Models.TINY, "the sky", "-n", "12", "-t", "1", "--seed", seed);
    assertThat(ran.exitCode()).isZero();
    return ran.out();
  }

  @Test
  void anAnswerKeepsToTheFormThatIsAskedFor(@TempDir Path folder) throws IOException {
    assertThat(
            Ran.deepseek("run", Models.TINY, "the sky", "--regex", "[abc]{2}[0-9]").out().strip())
        .matches("[abc]{2}[0-9]");
    Path schema = folder.resolve("schema.json");
    Files.writeString(schema, "{\"enum\": [[1, 2], \"no\"]}");
    assertThat(Ran.deepseek("run", Models.TINY, "the", "--json-schema", schema + "").out().strip())
        .matches("\\[1, ?2\\]|\"no\"");
    Path grammar = folder.resolve("some.gbnf");
    Files.writeString(grammar, "root ::= \"to be\" | \"not\"");
    assertThat(Ran.deepseek("run", Models.TINY, "the", "--grammar", grammar + "").out().strip())
        .isIn("to be", "not");
    Ran wrong = Ran.deepseek("run", Models.TINY, "the", "--regex", "a(");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("--regex: expected ')'");
  }

  @Test
  void stopTextEndsTheAnswerBeforeIt() {
    String whole = Ran.deepseek("run", Models.TINY, "the sky", "-n", "12").out().strip();
    String stop = whole.substring(whole.length() - 1);
    Ran ran = Ran.deepseek("run", Models.TINY, "the sky", "-n", "12", "--stop", stop);
    assertThat(ran.out().strip()).isEqualTo(whole.substring(0, whole.indexOf(stop)).strip());
  }

  @Test
  void verboseSaysWhereTheTimeWent() {
    Ran ran = Ran.deepseek("run", Models.TINY, "the sky", "-n", "4", "--verbose");
    assertThat(ran.err()).contains("first text after", "tokens/s", "ended at the token limit");
  }

  @Test
  void runsInAnyDtypeAndMemoryBudget() {
    String usual = Ran.deepseek("run", Models.TINY, "the sky", "-n", "6", "--dtype", "fp32").out();
    Ran tight =
        Ran.deepseek(
            "run",
            Models.TINY,
            "the sky",
            "-n",
            "6",
            "--dtype",
            "fp32",
            "--memory-budget",
            "316kB");
    assertThat(tight.exitCode()).isZero();
    assertThat(tight.out()).isEqualTo(usual);
    assertThat(Ran.deepseek("run", Models.TINY, "a", "-n", "2", "--dtype", "bf16").exitCode())
        .isZero();
  }

  @Test
  void budgetBelowWhatTheModelNeedsNamesTheNeed() {
    Ran ran = Ran.deepseek("run", Models.TINY, "hi", "--dtype", "fp32", "--memory-budget", "9kB");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("315904", "9000").hasLineCount(1);
  }

  @Test
  void promptLongerThanTheContextIsOneLine() {
    Ran ran = Ran.deepseek("run", Models.TINY, "sky ".repeat(400));
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.err()).contains("256");
  }

  @Test
  void contextBeyondTheModelsIsTakenWithALine() {
    List<String> said = new ArrayList<>();
    Logger logger = Logger.getLogger("deepseek.models.CausalLm");
    logger.setFilter(line -> said.add(new SimpleFormatter().formatMessage(line)));
    try {
      assertThat(Ran.deepseek("run", Models.TINY, "hi", "-n", "2", "--ctx", "256").exitCode())
          .isZero();
      assertThat(said).isEmpty();
      assertThat(Ran.deepseek("run", Models.TINY, "hi", "-n", "2", "--ctx", "300").exitCode())
          .isZero();
    } finally {
      logger.setFilter(null);
    }
    assertThat(said).singleElement().asString().contains("300", "256");
  }

  @Test
  void textThatIsNotUtf8IsOneLine() {
    Ran ran = Ran.withInput(new byte[] {'h', 'i', (byte) 0xff, '\n'}, "run", Models.TINY, "-");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("UTF-8").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\t"})
  void emptyPromptIsWrongUsage(String prompt) {
    for (Ran ran :
        new Ran[] {
          Ran.deepseek("run", Models.TINY, prompt), Ran.withInput(prompt, "run", Models.TINY, "-")
        }) {
      assertThat(ran.exitCode()).isEqualTo(2);
      assertThat(ran.err()).contains("the prompt is empty").hasLineCount(1);
    }
  }

  @Test
  void kvCachesAreNamedInAnyCase() {
    Ran ran = Ran.deepseek("run", Models.TINY, "--kv-cache", "MODEL", "-n", "1", "hi");
    assertThat(ran.exitCode()).isZero();
  }

  @Test
  void modelThatIsNoneIsOneLine(@TempDir Path folder) throws Exception {
    Path text = Files.writeString(folder.resolve("model.gguf"), "not a model at all, only text");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(
        broken.resolve("config.json"), "{\"model_type\": \"llama\"", StandardCharsets.UTF_8);
    for (Path model : new Path[] {text, empty, broken, folder.resolve("missing.gguf")}) {
      Ran ran = Ran.deepseek("run", model.toString(), "hi");
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err()).startsWith("deepseek: ").contains("expected", "; ").hasLineCount(1);
    }
  }

  @Test
  void unknownModelOfflineIsOneLine() {
    Ran ran = Ran.deepseek("run", "no-one/no-such-model", "--offline", "hi");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("no-one/no-such-model").hasLineCount(1);
  }
}
