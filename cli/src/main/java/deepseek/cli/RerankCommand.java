package deepseek.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.models.AutoModel;
import deepseek.models.encoder.Reranker;
import deepseek.models.encoder.Reranker.Ranked;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Sorts texts by how well they answer a query. */
@Command(
    name = "rerank",
    header = "Sort texts by how well they answer a query.",
    footer = {
      "",
      "Prints score and text, best first. Query and text are read together by a",
      "cross-encoder; pairs that are cut to the model's length are counted on stderr.",
      "",
      "Examples:",
      "  deepseek rerank cross-encoder/ms-marco-MiniLM-L6-v2 'capital of France' \\",
      "    'Paris is the capital.' 'Berlin is in Germany.'",
      "  deepseek rerank BAAI/bge-reranker-base 'What is a ship?' -f texts.txt --top 3",
    })
final class RerankCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Mixin private Common common;
  @Mixin private TextModelOptions model;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(index = "1", paramLabel = "QUERY", description = "What the texts may answer.")
  private String query;

  @Parameters(
      index = "2..*",
      arity = "0..*",
      paramLabel = "TEXT",
      description = "A text each; - or none reads them from standard input, one a line.")
  private List<String> given = List.of();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A text file with the texts, one a line.")
  private Optional<Path> file;

  @Option(names = "--top", paramLabel = "N", description = "Print the best N only. Default: all.")
  private Optional<Integer> top;

  @Option(names = "--json", description = "Print a line of JSON per text: index, score and text.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    List<String> texts = texts(console);
    int wanted = top.orElse(texts.size());
    if (wanted < 1) {
      throw Usage.wrong(spec, "--top", "at least 1", Integer.toString(wanted));
    }
    Stopwatch watch = Stopwatch.sinceProcessStart();
    try (DownloadBar bar = new DownloadBar(console);
        Reranker reranker = AutoModel.reranker(model.id(), model.resolve(spec, bar))) {
      bar.close();
      watch.mark("model opened");
      List<Ranked> ranked = reranker.rank(query, texts, wanted);
      watch.mark("scores there");
      TextModelOptions.noteCut(console, reranker.countCut(query, texts), reranker.maxTokens());
      ranked.forEach(text -> print(console.out(), text));
      if (common.isVerbose()) {
        console.err().println(watch.report());
      }
    }
  }

  private List<String> texts(Console console) {
    if (file.isEmpty()) {
      return TextModelOptions.texts(spec, console, given, "texts");
    }
    if (!given.isEmpty()) {
      throw Usage.wrong(spec, "--file", "no texts beside it", "both");
    }
    List<String> lines = TextFile.read(file.get()).lines().toList();
    return TextModelOptions.requireSome(spec, lines, "texts");
  }

  private void print(PrintWriter out, Ranked text) {
    if (json) {
      out.println(
          JSON.createObjectNode()
              .put("index", text.index())
              .put("score", text.score())
              .put("text", text.text()));
    } else {
      out.printf(Locale.ROOT, "%8.4f  %s%n", text.score(), text.text());
    }
  }
}
