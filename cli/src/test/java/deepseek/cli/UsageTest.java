package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Values that no option takes: one line that names the option, what it takes, what it got. */
class UsageTest {
  /** An option of a verb. */
  record Given(List<String> verb, OptionSpec option) {
    Ran with(String value) {
      List<String> line = new ArrayList<>(verb);
      // Where the verb takes a model or an operator, so that the option is all that is wrong.
      line.add(verb.getFirst().equals("kernels") ? "sum" : Models.TINY);
      line.add(option.longestName());
      line.add(value);
      return Ran.deepseek(line.toArray(String[]::new));
    }

    @Override
    public String toString() {
      return String.join(" ", verb) + " " + option.longestName();
    }
  }

  static Stream<Given> optionsThatAreNoText() {
    StringWriter nowhere = new StringWriter();
    Console silent =
        new Console(
            InputStream.nullInputStream(),
            new PrintWriter(nowhere),
            new PrintWriter(nowhere),
            Set.of());
    return options(List.of(), Main.commandLine(silent)).filter(given -> !isText(given.option()));
  }

  private static Stream<Given> options(List<String> verb, CommandLine command) {
    Stream<Given> own =
        command.getCommandSpec().options().stream()
            .filter(option -> option.arity().max() > 0)
            .map(option -> new Given(verb, option));
    Stream<Given> below =
        command.getSubcommands().entrySet().stream()
            .flatMap(
                entry -> {
                  List<String> longer = new ArrayList<>(verb);
                  longer.add(entry.getKey());
                  return options(longer, entry.getValue());
                });
    return Stream.concat(own, below);
  }

  private static boolean isText(ArgSpec argument) {
    boolean isBoolean = Arrays.asList(argument.auxiliaryTypes()).contains(boolean.class);
    boolean isString = Arrays.asList(argument.auxiliaryTypes()).contains(String.class);
    boolean isPath = Arrays.asList(argument.auxiliaryTypes()).contains(Path.class);
    return isBoolean || isPath || (isString && argument.converters().length == 0);
  }

  @ParameterizedTest
  @MethodSource("optionsThatAreNoText")
  void nonsenseIsNamedWithWhatIsTaken(Given given) {
    for (String value : new String[] {"non-sense:", ""}) {
      Ran ran = given.with(value);
      assertThat(ran.exitCode()).as("exit code").isEqualTo(2);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.err())
          .hasLineCount(1)
          .startsWith("deepseek: " + given.option().longestName() + ": expected ")
          .contains("got '" + value + "'")
          .endsWith("see deepseek %s --help%n".formatted(String.join(" ", given.verb())));
    }
  }

  @Test
  void thereAreSuchOptions() {
    assertThat(optionsThatAreNoText().map(Given::toString))
        .contains("run --threads", "chat --ctx", "bench --vs", "kernels tune --shape")
        .doesNotContain("run --stop");
  }

  @ParameterizedTest
  @CsvSource({
    "run, --threads, 0, 1 to 1024",
    "run, --threads, -1, 1 to 1024",
    "run, --threads, 1025, 1 to 1024",
    "run, --threads, 99999999999, at most 2147483647",
    "chat, --threads, 0, 1 to 1024",
    "embed, --threads, 0, 1 to 1024",
    "bench, --threads, 0, 1 to 1024",
    "bench, -t, 0, 1 to 1024",
    "run, --activation-bits, 7, 8 or 16",
    "run, --ctx, 1, at least 2 tokens",
    "run, --ctx, -99999999999, at least -2147483648",
    "run, --memory-budget, 0, at least 1 byte",
    "run, --device, tpu, 'cpu, cuda, cuda:N or mps'",
    "embed, --device, cuda:, 'cpu, cuda, cuda:N or mps'",
    "run, --temperature, -1, 0 to 100",
    "run, --temperature, NaN, 0 to 100",
    "chat, --temperature, 1e400, 0 to 100",
    "run, --top-k, -1, 0 or more",
    "run, --top-p, 0, above 0",
    "run, --min-p, 1, '0 up to, but not, 1'",
    "run, --repeat-penalty, 0, above 0",
    "run, --presence-penalty, 101, -100 to 100",
    "run, --frequency-penalty, -101, -100 to 100",
    "run, --max-tokens, 0, at least 1",
    "run, --stop, '', stop texts",
    "run, --seed, 1.5, a whole number",
    "bench, --n-prompt, -1, at least 0",
    "bench, --n-gen, '1,x', a whole number",
    "bench, --repetitions, 0, at least 1",
    "bench, --vs, LLAMA_CPP, llama.cpp",
    "run, --kv-cache, nonsense, model or int8",
    "run, --quant, nonsense, 'none, as-stored, int4 or int8'",
    "quickstart, --model, a b, org/name",
    "kernels tune, --model, '', org/name",
    "kernels tune, --target, nonsense, 'cpu, opencl, vulkan or cuda'",
    "kernels tune, --shape, 4x0, sizes from 1",
    "kernels tune, --shape, 4x4x4, rowsxn",
    "kernels show, --target, nonsense, 'c, opencl, cuda or vulkan'",
    "kernels show, --width, 257, 1 to 256",
    "kernels bench, --sparse, int5, 'int4, int4-offset, int8'",
    "kernels bench, --rows, 0, '1, or 17 to 4096'",
    "kernels bench, --repetitions, 0, at least 1",
    "kernels bench, --threads, 0, 1 to 1024",
    "kernels bench, --shape, 64, OUTxIN",
    "kernels bench, --shape, 64x64x64, OUTxIN",
    "kernels bench, --shape, 64x64, at least 262144 values",
  })
  void whatIsOutOfRangeIsNamedWithTheRange(
      String verb, String option, String value, String expected) {
    List<String> line = new ArrayList<>(List.of(verb.split(" ")));
    if (verb.equals("kernels tune") || verb.equals("kernels show")) {
      line.add("sum");
    } else if (!verb.equals("quickstart") && !verb.equals("kernels bench")) {
      line.add(Models.TINY);
    }
    line.add(option + (option.startsWith("--") ? "=" : "") + value);
    Ran ran = Ran.withInput("hi", line.toArray(String[]::new));
    assertThat(ran.exitCode()).as("exit code").isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .hasLineCount(1)
        .startsWith("deepseek: " + option + ": expected ")
        .contains(expected, "got ");
  }

  @ParameterizedTest
  @CsvSource({
    "run '' hi, MODEL",
    "run nosuch:alias hi, MODEL",
    "pull maven:one, MODEL",
    "completion fish, SHELL",
    "kernels show nope, OPERATOR",
    "kernels tune nope, OPERATOR",
    "kernels tune axpy, OPERATOR",
  })
  void aPositionalParameterToo(String line, String name) {
    String[] words = line.split(" ");
    Ran ran =
        Ran.deepseek(
            Arrays.stream(words).map(word -> word.equals("''") ? "" : word).toArray(String[]::new));
    assertThat(ran.exitCode()).as("exit code").isEqualTo(2);
    assertThat(ran.err()).hasLineCount(1).startsWith("deepseek: " + name + ": expected ");
  }

  @Test
  void whatCanNotGoTogetherIsWrongUsage() {
    for (String options :
        List.of("--quant int4 --memory-budget 1GB", "--kv-cache int8 --device cuda")) {
      String[] line = ("run " + Models.TINY + " hi " + options).split(" ");
      Ran ran = Ran.deepseek(line);
      assertThat(ran.exitCode()).as(options).isEqualTo(2);
      assertThat(ran.err())
          .hasLineCount(1)
          .startsWith("deepseek: " + options.substring(0, options.indexOf(' ')))
          .contains("the CPU and no memory budget");
    }
  }

  @Test
  void usualRoundingOfActivationsGoesWithABudget() {
    String line = "run %s hi -n 1 --activation-bits 16 --memory-budget 1GB";
    assertThat(Ran.deepseek(line.formatted(Models.TINY).split(" ")).exitCode()).isZero();
  }

  @Test
  void enumsAreListedAsTheyAreTyped() {
    String help = Ran.deepseek("kernels", "tune", "--help").out();
    assertThat(help).contains("cpu, opencl, vulkan, cuda");
    assertThat(Ran.deepseek("completion", "bash").out().toLowerCase(Locale.ROOT))
        .contains("llama.cpp");
  }
}
