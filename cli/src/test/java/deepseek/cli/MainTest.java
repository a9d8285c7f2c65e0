package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
  static Stream<String> verbs() {
    return Main.commandLine(silent()).getSubcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey);
  }

  private static Console silent() {
    return new Console(
        InputStream.nullInputStream(),
        new PrintWriter(new StringWriter()),
        new PrintWriter(new StringWriter()),
        Set.of());
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void everyVerbHasHelpWithExamplesThatFitsATerminal(String verb) {
    Ran ran = Ran.deepseek(verb, "--help");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("Usage: deepseek " + verb).contains("Examples:");
    assertThat(ran.out().lines()).allMatch(line -> line.length() <= 100);
    assertThat(ran.out()).doesNotContain("%n");
  }

  @Test
  void linesBelowTheOptionsAreNotBrokenAtEightyColumns() {
    assertThat(footers(Main.commandLine(silent()))).isNotEmpty().allMatch(l -> l.length() <= 80);
  }

  private static List<String> footers(CommandLine command) {
    return Stream.concat(
            Arrays.stream(command.getCommandSpec().usageMessage().footer()),
            command.getSubcommands().values().stream().flatMap(verb -> footers(verb).stream()))
        .toList();
  }

  @Test
  void helpListsTheVerbsAndHowToStart() {
    Ran ran = Ran.deepseek("--help");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("quickstart", "Exit codes").doesNotContain("warm-up");
    verbs().forEach(verb -> assertThat(ran.out()).contains("\n  " + verb + " "));
  }

  @Test
  void versionNamesProgramLibtorchAndJdk() {
    assertThat(Ran.deepseek("--version").out())
        .matches("deepseek \\d\\S+ \\(libtorch 2\\.\\S+ for \\S+, JDK \\d\\S+\\)\\R");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nope", "--nope", "pull", "pull a/b c", "completion fish"})
  void wrongUsageIsOneLineAndExitCode2(String line) {
    Ran ran = Ran.deepseek(line.isEmpty() ? new String[0] : line.split(" "));
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .startsWith("deepseek: ")
        .endsWith("--help");
  }

  @Test
  void anUnknownVerbBringsTheList() {
    assertThat(Ran.deepseek("kernels", "make").err())
        .startsWith("deepseek: VERB: expected one of list, show, tune, bench, got 'make'");
    assertThat(Ran.deepseek("make").err()).contains("quickstart, run").doesNotContain("warm-up");
  }

  @ParameterizedTest
  @CsvSource({
    "docter, doctor",
    "show, kernels show",
    "run x hi --tempature 1, --temperature",
    "run x hi --tpo-k=3, --top-k",
    "kernels tnue, tune",
  })
  void whatIsMisspeltBringsASuggestion(String line, String meant) {
    Ran ran = Ran.deepseek(line.split(" "));
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).contains("did you mean " + meant + "?").hasLineCount(1);
  }

  @Test
  void whatIsNearlyAnAliasBringsIt() {
    String[] line = {"pull", "smolm2", "--offline"};
    assertThat(Ran.deepseek(line).err()).endsWith("did you mean smollm2?" + System.lineSeparator());
    String[] other = {"pull", "gpt2", "--offline"};
    assertThat(Ran.deepseek(other).err()).doesNotContain("did you mean");
  }

  @Test
  void helpIsAVerbToo() {
    assertThat(Ran.deepseek("help")).isEqualTo(Ran.deepseek("--help"));
    assertThat(Ran.deepseek("help", "kernels", "tune"))
        .isEqualTo(Ran.deepseek("kernels", "tune", "--help"));
  }

  @Test
  void verboseMayStandBeforeTheVerb() {
    assertThat(Ran.deepseek("-v", "pull", "./no/such/folder").err()).contains("\tat deepseek.");
  }

  @ParameterizedTest
  @CsvSource({"No space left on device, 1 line", "Broken pipe, silence"})
  void resultsThatCannotBeWrittenAreExitCode1(String why, String told) {
    StringWriter err = new StringWriter();
    Writer full =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) throws IOException {
            throw new IOException(why);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Console console = new Console(InputStream.nullInputStream(), full, err, Set.of());
    assertThat(Main.run(console, "--help")).isEqualTo(1);
    assertThat(err.toString().lines().filter(line -> line.contains(why)).count())
        .isEqualTo(told.equals("silence") ? 0 : 1);
  }

  @Test
  void whatCouldNotBeDoneIsOneLineAndExitCode1() {
    Ran ran = Ran.deepseek("pull", "./no/such/folder");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.err()).contains("./no/such/folder").doesNotContain("Exception");
  }

  @Test
  void verboseShowsTheStackTrace() {
    Ran ran = Ran.deepseek("pull", "./no/such/folder", "--verbose");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("DataException", "\tat deepseek.");
  }

  @Test
  void unexpectedExceptionIsOneLineThatSaysHowToSeeMore() {
    Console console = silent();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine(console);
    command.addSubcommand(new Failing());
    command.setErr(new PrintWriter(err, true));
    assertThat(command.execute("fail")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "deepseek: unexpected java.io.IOException: first second;"
                + " --verbose shows the stack trace");
  }

  @Test
  void aFullDiskIsNoLackOfLibraries() {
    assertThat(Main.whyNotLoaded(new IOException("No space left on device")))
        .contains("No space left on device", "free some space", "DEEPSEEK_CACHE");
    assertThat(Main.whyNotLoaded(new UnsatisfiedLinkError("no jniFoo"))).contains("build");
  }

  @Command(name = "fail")
  private static final class Failing implements java.util.concurrent.Callable<Integer> {
    @Override
    public Integer call() throws IOException {
      throw new IOException("first\n  second");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "BASH"})
  void completionKnowsVerbsAndOptions(String shell) {
    Ran ran = Ran.deepseek("completion", shell);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .contains("complete -F", "doctor", "rerank", "--refresh")
        .doesNotContain("warm-up");
  }

  @Test
  void doctorSaysWhatIsUsedAndWhy() {
    Ran ran = Ran.deepseek("doctor", "--no-measure");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("CPU", "because", "threads").doesNotContain("FLOP");
  }

  @Test
  void doctorsJsonHasASectionForEachHeading() throws Exception {
    Ran ran = Ran.deepseek("doctor", "--no-measure", "--json");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    assertThat(json.path("machine").path("CPU")).hasSize(1);
    assertThat(json.path("places").path("models")).hasSizeGreaterThan(1);
  }
}
