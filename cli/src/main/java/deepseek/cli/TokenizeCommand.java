package deepseek.cli;

import deepseek.models.AutoTokenizer;
import deepseek.models.ModelOptions;
import deepseek.text.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows the tokens of a text, or the text of tokens. */
@Command(
    name = "tokenize",
    header = "Show the tokens of a text, or the text of tokens.",
    footer = {
      "",
      "Examples:",
      "  deepseek tokenize smollm2:135m 'Why is the sky blue?'",
      "  deepseek tokenize smollm2:135m --ids < README.md | wc -w",
      "  deepseek tokenize smollm2:135m --decode 504 6376 314 4461",
    })
final class TokenizeCommand implements Runnable {
  @Mixin Common common;
  @Mixin private ModelArgument model;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "TEXT",
      description = "Its words, or ids; - or none reads standard input.")
  private List<String> words = List.of();

  @Option(names = "--ids", description = "Print the ids alone, on one line.")
  private boolean idsOnly;

  @Option(names = "--plain", description = "Add no special tokens, and see none in the text.")
  private boolean plain;

  @Option(names = "--decode", description = "Take ids and print their text.")
  private boolean decode;

  @Override
  public void run() {
    Console console = deepseek.console();
    if (decode && (idsOnly || plain)) {
      throw Usage.wrong(
          spec, "--decode", "no other option beside it", idsOnly ? "--ids" : "--plain");
    }
    boolean fromInput = words.isEmpty() || words.equals(List.of("-"));
    if (words.isEmpty() && console.isTerminal(Console.Stream.IN)) {
      throw new ParameterException(spec.commandLine(), "give a text, or pipe one in");
    }
    String text = fromInput ? console.readAll() : String.join(" ", words);
    try (DownloadBar bar = new DownloadBar(console);
        Tokenizer tokenizer =
            AutoTokenizer.fromPretrained(
                model.id(), ModelOptions.defaults().withHub(model.hub()).withProgress(bar))) {
      bar.close();
      console.out().print(decode ? decoded(tokenizer, text) : encoded(tokenizer, text));
      console.out().flush();
    }
  }

  private String encoded(Tokenizer tokenizer, String text) {
    int[] ids = plain ? tokenizer.encodePlain(text) : tokenizer.encode(text);
    return idsOnly
        ? Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ", "", "\n"))
        : Arrays.stream(ids)
            .mapToObj(id -> "%7d  %s%n".formatted(id, tokenizer.token(id)))
            .collect(Collectors.joining());
  }

  private String decoded(Tokenizer tokenizer, String text) {
    int[] ids;
    try {
      ids =
          Arrays.stream(text.strip().split("[\\s,]+"))
              .filter(word -> !word.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--decode expects ids, that is whole numbers; " + e.getMessage(), e);
    }
    return tokenizer.decodeWithSpecialTokens(ids) + "\n";
  }
}
