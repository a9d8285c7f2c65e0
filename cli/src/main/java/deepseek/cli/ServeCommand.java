package deepseek.cli;

import deepseek.DeepseekException;
import deepseek.hub.HubOptions;
import deepseek.models.ModelOptions;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.Speculation;
import deepseek.serve.ServeConfig;
import deepseek.serve.Server;
import deepseek.serve.http.ApiException;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf;
import deepseek.serve.shelf.ServedModel;
import deepseek.serve.shelf.ServedModel.Task;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Serves models over HTTP until it is told to end. */
@Command(
    name = "serve",
    header = "Serve models over HTTP, with the APIs of OpenAI and Ollama.",
    footer = {
      "",
      "Listens on this machine only, unless --host says otherwise. Ctrl-C or SIGTERM",
      "lets running answers end, for up to --drain seconds; so does deepseek stop.",
      "",
      "Examples:",
      "  deepseek serve smollm2:135m",
      "  deepseek serve chat=Qwen/Qwen3-0.6B --embed bge-small --port 8000",
      "  deepseek serve model.gguf --host 0.0.0.0 --api-key-file keys.txt",
    })
final class ServeCommand implements Runnable {
  @Mixin private Common common;
  @Mixin private WeightOptions weights;
  @Mixin private ServeOptions serving;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL",
      converter = NamedModel.Converter.class,
      description = "Language models; NAME=MODEL lets requests call one NAME.")
  private List<NamedModel> models = List.of();

  @Option(
      names = "--embed",
      paramLabel = "MODEL",
      converter = NamedModel.Converter.class,
      description = "A model of sentence vectors.")
  private List<NamedModel> encoders = List.of();

  @Option(
      names = "--rerank",
      paramLabel = "MODEL",
      converter = NamedModel.Converter.class,
      description = "A model that ranks texts.")
  private List<NamedModel> rerankers = List.of();

  @Option(names = "--offline", description = "Use only what is already on this machine.")
  private boolean offline;

  @Option(
      names = "--max-batch",
      paramLabel = "N",
      description = "Answers that a model writes at the same time, up to 32. Default: 32.")
  private Optional<Integer> batch;

  @Option(
      names = "--max-queue",
      paramLabel = "N",
      description = "Answers that wait for their turn; more are refused. Default: 1024.")
  private Optional<Integer> queue;

  @Option(
      names = "--kv-memory",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "Keys and values of a model's answers. Default: a quarter of the memory.")
  private Optional<Long> kvMemory;

  @Option(
      names = "--lookup",
      paramLabel = "N",
      description =
          "Guess up to N tokens, by what followed the newest ones before, and check them together:"
              + " faster where answers repeat their prompt.")
  private Optional<Integer> lookup;

  @Option(
      names = "--model-memory",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "Weights of open models; idle ones are closed for others. Default: any.")
  private Optional<Long> modelMemory;

  @Option(names = "--lazy", description = "Open each model when it is first asked for.")
  private boolean lazy;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      description = "Time for running answers to end. Default: 30.")
  private Optional<Integer> drain;

  @Override
  public void run() {
    Console console = deepseek.console();
    if (models.isEmpty() && encoders.isEmpty() && rerankers.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "name a model, e.g. deepseek serve smollm2:135m");
    }
    Duration patience =
        Duration.ofSeconds(
            drain
                .map(
                    seconds -> {
                      if (seconds < 0) {
                        throw Usage.wrong(spec, "--drain", "at least 0", seconds + "");
                      }
                      return seconds;
                    })
                .orElse(30));
    Stopwatch watch = Stopwatch.sinceProcessStart();
    try (DownloadBar bar = new DownloadBar(console)) {
      ServeConfig config = serving.resolve(spec, bare(bar), console);
      try (Server server = Server.start(config);
          RunFolder.Entry entry = enter(config, server, patience)) {
        Thread hook =
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      end(server, patience);
                      entry.close();
                    });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
          if (!lazy) {
            load(server.shelf(), console.err());
          }
          watch.mark("models opened");
          if (common.isVerbose()) {
            console.err().println(watch.report());
          }
          new ServeSummary(config, server, new Version()).print(console.out());
          server.awaitEnd();
        } catch (InterruptedException e) {
          end(server, patience);
        } finally {
          removeHook(hook);
        }
      }
    }
  }

  /** Tells ps and stop of this server, which runs without that too. */
  private RunFolder.Entry enter(ServeConfig config, Server server, Duration patience) {
    String address = new ServeSummary(config, server, new Version()).address();
    List<RunningServer.Model> served =
        config.models().stream().map(RunningServer.Model::of).toList();
    Console console = deepseek.console();
    try {
      return RunFolder.of(console)
          .enter(RunningServer.ofThisProcess(address, server.port(), patience, served));
    } catch (DeepseekException e) {
      console.err().println("deepseek: ps and stop won't know this server: " + e.getMessage());
      return () -> {};
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // it is running
    }
  }

  private ServeConfig bare(DownloadBar bar) {
    EngineConfig engine = EngineConfig.defaults();
    engine = Usage.with(spec, "--max-batch", batch, engine, EngineConfig::withMaxSequences);
    engine = Usage.with(spec, "--max-queue", queue, engine, EngineConfig::withMaxQueued);
    engine = Usage.with(spec, "--kv-memory", kvMemory, engine, EngineConfig::withCacheBytes);
    engine =
        Usage.with(
            spec,
            "--lookup",
            lookup,
            engine,
            (config, n) -> config.withSpeculation(new Speculation.PromptLookup(3, n)));
    HubOptions hub = HubOptions.fromEnvironment();
    hub = offline ? hub.withNetwork(HubOptions.Network.OFFLINE) : hub;
    ModelOptions text = weights.resolve(spec, hub, bar).withEngine(engine);
    ModelOptions others =
        weights.machine().resolve(spec, ModelOptions.defaults().withHub(hub).withProgress(bar));
    List<ServedModel> all = new ArrayList<>();
    models.forEach(model -> all.add(served(model, Task.TEXT, text)));
    encoders.forEach(model -> all.add(served(model, Task.EMBEDDING, others)));
    rerankers.forEach(model -> all.add(served(model, Task.RANKING, others)));
    ServeConfig config = ServeConfig.of(all);
    return Usage.with(spec, "--model-memory", modelMemory, config, ServeConfig::withMemoryBudget);
  }

  private static ServedModel served(NamedModel model, Task task, ModelOptions options) {
    return ServedModel.of(model.source(), task).withName(model.name()).withOptions(options);
  }

  /** Opens the models; where all fail there is nothing to serve. */
  private static void load(ModelShelf shelf, PrintWriter err) {
    int opened = 0;
    Optional<ApiException> last = Optional.empty();
    for (ModelShelf.State state : shelf.states()) {
      try {
        shelf.borrow(state.served().name(), Loaded.class).close();
        opened++;
      } catch (ApiException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        err.println("deepseek: " + cause.getMessage());
        last = Optional.of(e);
      }
    }
    if (opened == 0 && last.isPresent()) {
      throw new CliException(
          "serve",
          "at least one model that can be opened",
          "none",
          "see the lines above",
          last.get());
    }
  }

  private static void end(Server server, Duration patience) {
    try {
      server.drain(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
  }
}
