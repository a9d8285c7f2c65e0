package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The conversation over a pipe, with a model that babbles. */
class ChatCommandTest {
  private static Ran chat(String input, String... options) {
    String[] args = new String[options.length + 4];
    args[0] = "chat";
    args[1] = Models.TINY;
    args[2] = "-n";
    args[3] = "4";
    System.arraycopy(options, 0, args, 4, options.length);
    return Ran.withInput(input, args);
  }

  @Test
  void eachLineIsAMessageUntilTheInputEnds() {
    Ran ran = chat("the sky\n\nan inn\n/stats\n");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).contains("cut at its limit of 4 tokens").hasLineCount(2);
    assertThat(ran.out()).contains("2 answers; ").contains(" 8 written");
  }

  @Test
  void quitLeaves() {
    assertThat(chat("/quit\nthe sky\n").out()).isEmpty();
  }

  @Test
  void wrongCommandCostsALineAndTheExitCode() {
    Ran ran =
        chat("/nope\n/save\n/retry\n/load nowhere.json\n/params wings 2\n/params top-k x\n/stats");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).hasLineCount(1).startsWith("0 answers");
    assertThat(ran.err())
        .hasLineCount(6)
        .contains("'/nope'", "/save FILE", "nowhere.json", "'wings'", "'x'");
  }

  @Test
  void paramsChangeAnswers() {
    Ran ran = chat("/params max-tokens 2\nthe sky\n/stats\n/params temperature -1\n");
    assertThat(ran.out()).contains("max-tokens         2", " 2 written");
    assertThat(ran.err()).contains("got -1.0");
  }

  @Test
  void conversationIsSavedAndLoadedAsMessages(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("talk.json");
    Ran saved =
        chat("/system be kind\nthe \\\nsky\n\"\"\"\n/an\ninn\n\"\"\"\n/save " + file + "\n");
    assertThat(saved.exitCode()).isZero();
    assertThat(Files.readString(file))
        .contains("\"system\"", "\"be kind\"", "\"the \\nsky\"", "\"/an\\ninn\"", "\"assistant\"");
    String next = "an inn\n";
    Ran loaded = chat("/load " + file + "\n/system\n" + next + "/stats\n");
    assertThat(loaded.out()).contains("2 answers loaded", "be kind", "1 answers; ");
  }

  @Test
  void resetForgets() {
    String answer = chat("the sky\n").out();
    assertThat(chat("an inn\n/reset\nthe sky\n").out()).endsWith(answer);
  }

  @Test
  void retryAsksAgain() {
    String answer = chat("the sky\n").out();
    assertThat(chat("the sky\n/retry\n").out()).isEqualTo(answer + answer);
  }

  @Test
  void conversationThatOutgrowsTheContextGoesOnAfterReset() {
    Ran ran = chat("sky ".repeat(300) + "\n/reset\nthe sky\n");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("256");
    assertThat(ran.out()).isEqualTo(chat("the sky\n").out());
  }

  @Test
  void savedFileThatIsNoConversationIsOneLine(@TempDir Path folder) throws Exception {
    for (String text :
        new String[] {"{", "{}", "[{\"role\": \"assistant\", \"content\": \"a\"}]"}) {
      Path file = Files.writeString(folder.resolve("bad.json"), text);
      assertThat(chat("/load " + file + "\n").err().lines())
          .singleElement()
          .asString()
          .contains("bad.json", "expected", "; ");
    }
  }

  @Test
  void modelWithoutTokenizerIsOneLine() {
    Ran ran = Ran.deepseek("chat", Models.WITHOUT_TOKENIZER);
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("tokenizer").hasLineCount(1);
  }
}
