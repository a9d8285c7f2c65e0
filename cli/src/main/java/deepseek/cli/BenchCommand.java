package deepseek.cli;

import deepseek.bench.machine.Cpu;
import deepseek.bench.machine.MachineSpeed;
import deepseek.bench.machine.Probe;
import deepseek.bench.speed.BenchReport;
import deepseek.bench.speed.BenchedModel;
import deepseek.bench.speed.Bound;
import deepseek.bench.speed.Engine;
import deepseek.bench.speed.JsonLines;
import deepseek.bench.speed.LlamaCpp;
import deepseek.bench.speed.OwnEngine;
import deepseek.bench.speed.Protocol;
import deepseek.bench.speed.Result;
import deepseek.bench.speed.Samples;
import deepseek.bench.speed.Workload;
import deepseek.compute.Machine;
import deepseek.hub.ModelHub;
import deepseek.models.AutoModel;
import deepseek.models.Checkpoint;
import deepseek.models.ConfigJson;
import deepseek.models.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures how fast a model runs, alone or in turn with a peer. */
@Command(
    name = "bench",
    header = "Measure how fast a model runs, and a peer on the same file.",
    footer = {
      "",
      "What llama-bench measures: pp512 is the tokens/s at which a prompt of 512 is",
      "read, tg128 those at which 128 are written; random tokens, an empty context,",
      "once untimed, then mean ± standard deviation of the repetitions. A token that",
      "is written reads all weights, so memory bandwidth bounds tg. --ctx is how many",
      "tokens the caches have room for, else as many as a run has.",
      "",
      "Examples:",
      "  deepseek bench smollm2:135m",
      "  deepseek bench Qwen/Qwen3-0.6B --quant int4 -p 128,512 -n 0",
      "  deepseek bench model-Q4_0.gguf --vs llama.cpp --python ~/llama/bin/python",
      "  deepseek bench model-Q4_0.gguf --json > results.jsonl",
    })
final class BenchCommand implements Runnable {
  @SuppressWarnings("UnusedVariable") // its options are read by itself
  @Mixin
  private Common common;

  @Mixin private LoadOptions load;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Option(
      names = {"-p", "--n-prompt"},
      split = ",",
      defaultValue = "512",
      paramLabel = "N",
      description = "Tokens of prompt, 0 for none; default: ${DEFAULT-VALUE}.")
  private List<Integer> prompts;

  @Option(
      names = {"-n", "--n-gen"},
      split = ",",
      defaultValue = "128",
      paramLabel = "N",
      description = "Tokens to write, 0 for none; default: ${DEFAULT-VALUE}.")
  private List<Integer> answers;

  @Option(
      names = {"-r", "--repetitions"},
      defaultValue = "5",
      paramLabel = "N",
      description = "Timed runs of each; default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(names = "-t", paramLabel = "N", description = "As --threads.")
  private Optional<Integer> threads;

  @Option(names = "--json", description = "Print a line of JSON for each fact and figure.")
  private boolean json;

  /** Whom to compare with; what its constants print as is what one types. */
  enum Peer {
    LLAMA_CPP;

    @Override
    public String toString() {
      return "llama.cpp";
    }
  }

  /** The comparison; its other options mean nothing without a peer. */
  private static final class Comparison {
    @Option(
        names = "--vs",
        required = true,
        paramLabel = "PEER",
        description = "llama.cpp: run it in turn with ours, on the same GGUF file and threads.")
    private Peer peer;

    @Option(
        names = "--python",
        paramLabel = "FILE",
        defaultValue = "python3",
        description = "A Python with llama-cpp-python; default: ${DEFAULT-VALUE}.")
    private String python;

    @Option(
        names = "--any-build",
        description = "Also compare with a llama.cpp built for less than this processor has.")
    private boolean anyBuild;
  }

  @ArgGroup(exclusive = false)
  private @Nullable Comparison comparison;

  @Override
  public void run() {
    List<Workload> workloads = workloads();
    requireFits(workloads);
    requireOneNumberOfThreads();
    Console console = deepseek.console();
    BenchReport report = json ? new JsonLines(console.out()) : new BenchTable(console.out());
    try (DownloadBar bar = new DownloadBar(console)) {
      ModelOptions options =
          Usage.with(spec, "-t", threads, load.resolve(spec, bar), ModelOptions::withThreads);
      Path root = new ModelHub(options.hub(), bar).resolve(load.id()).root();
      bar.close();
      Facts facts = Facts.of(root, weights(options));
      try (OwnEngine ours =
          new OwnEngine(
              AutoModel.fromPretrained(root.toString(), options), options.contextLength())) {
        requireFits(ours, workloads);
        if (comparison == null) {
          measure(new Session(ours, Optional.empty(), facts, options), workloads, report);
          return;
        }
        int context = options.contextLength().orElse(mostTokens(workloads));
        try (LlamaCpp theirs = peer(comparison, facts.model().path(), context)) {
          measure(new Session(ours, Optional.of(theirs), facts, options), workloads, report);
        }
      }
    }
  }

  /** What is run. */
  private record Session(
      OwnEngine ours, Optional<LlamaCpp> theirs, Facts facts, ModelOptions options) {
    List<Engine> engines() {
      return Stream.concat(Stream.of(ours), theirs.stream()).toList();
    }
  }

  private void measure(Session session, List<Workload> workloads, BenchReport report) {
    MachineSpeed speed = MachineSpeed.measured();
    report.machine(Cpu.ofThisMachine(), Machine.threads(), speed);
    report.model(session.facts().model());
    session.theirs().ifPresent(theirs -> report.peer(theirs.name(), theirs.build()));
    List<Result> results = new ArrayList<>();
    for (Workload workload : workloads) {
      List<Samples> speeds = new Protocol(repetitions).measure(session.engines(), workload);
      Optional<Result.Peers> peers =
          session
              .theirs()
              .map(
                  theirs ->
                      new Result.Peers(
                          theirs.name(), speeds.getLast(), theirs.attention(workload)));
      results.add(new Result(workload, speeds.getFirst(), peers));
      report.result(results.getLast());
    }
    double atEnd = Probe.readBandwidth();
    if (session.options().memoryBudget().isEmpty()) {
      long bytes = session.ours().bytesPerToken(session.facts().chosenExperts());
      bounds(results, new Bound(Math.max(atEnd, speed.readBandwidth()), bytes), report);
    }
    report.bandwidthAtEnd(atEnd);
  }

  private List<Workload> workloads() {
    requireAtLeast("--n-prompt", 0, prompts);
    requireAtLeast("--n-gen", 0, answers);
    requireAtLeast("--repetitions", 1, List.of(repetitions));
    List<Workload> workloads =
        Stream.concat(
                prompts.stream().map(n -> new Workload(Workload.Kind.PROMPT, n)),
                answers.stream().map(n -> new Workload(Workload.Kind.GENERATION, n)))
            .filter(workload -> workload.tokens() != 0)
            .toList();
    if (workloads.isEmpty()) {
      throw Usage.wrong(spec, "-p, -n", "at least 1 token for one of them", "none");
    }
    return workloads;
  }

  private void requireAtLeast(String option, int least, List<Integer> given) {
    for (int number : given) {
      if (number < least) {
        throw Usage.wrong(spec, option, "at least " + least, String.valueOf(number));
      }
    }
  }

  private void requireOneNumberOfThreads() {
    if (threads.isPresent() && load.machine().threads().isPresent()) {
      throw Usage.wrong(spec, "-t", "no --threads beside it, which is the same", "both");
    }
  }

  /** Before anything is fetched or loaded. */
  private void requireFits(List<Workload> workloads) {
    int longest = mostTokens(workloads);
    int context = load.context().orElse(longest);
    if (context < longest) {
      throw Usage.wrong(
          spec,
          "--ctx",
          "at least " + longest + " tokens, which -p or -n asks for",
          String.valueOf(context));
    }
  }

  private static void requireFits(OwnEngine ours, List<Workload> workloads) {
    int longest = mostTokens(workloads);
    if (longest > ours.contextLength()) {
      throw new CliException(
          "bench",
          "at most " + ours.contextLength() + " tokens, the model's context",
          longest + " tokens",
          "choose smaller -p and -n");
    }
  }

  private static int mostTokens(List<Workload> workloads) {
    return workloads.stream().mapToInt(Workload::tokens).max().orElseThrow();
  }

  private static String weights(ModelOptions options) {
    String kind = options.quantization().map(Object::toString).orElse("");
    String dtype = options.dtype().map(d -> d.torchName()).orElse("");
    String both = (kind + " " + dtype).strip();
    return both.isEmpty() ? "as stored" : both;
  }

  private static void requireGguf(Path file) {
    if (!file.toString().endsWith(".gguf")) {
      throw new CliException(
          "compare with llama.cpp",
          "a GGUF file",
          file.toString(),
          "take a GGUF file of the model, e.g. one that bench/run requantise wrote");
    }
  }

  private static LlamaCpp peer(Comparison with, Path file, int context) {
    return switch (with.peer) {
      case LLAMA_CPP -> llamaCpp(with, file, context);
    };
  }

  private static LlamaCpp llamaCpp(Comparison with, Path file, int context) {
    requireGguf(file);
    LlamaCpp theirs = new LlamaCpp(with.python, file, Machine.threads(), context);
    List<String> missing = theirs.build().missing(Cpu.ofThisMachine());
    if (!missing.isEmpty() && !with.anyBuild) {
      theirs.close();
      throw new CliException(
          "compare with llama.cpp",
          "a build for all that this processor has",
          "one without " + String.join(", ", missing),
          "build it as docs/performance.md says, or compare anyway with --any-build");
    }
    return theirs;
  }

  private static void bounds(List<Result> results, Bound bound, BenchReport report) {
    results.stream()
        .filter(result -> result.workload().kind() == Workload.Kind.GENERATION)
        .forEach(result -> report.bound(result, bound));
  }

  /** What the headers say. */
  private record Facts(BenchedModel model, double chosenExperts) {
    private static final List<String> EXPERTS =
        List.of("num_experts", "n_routed_experts", "num_local_experts");

    static Facts of(Path root, String weights) {
      try (Checkpoint checkpoint = Checkpoint.open(root)) {
        ParameterTable table = ParameterTable.of(checkpoint.weights());
        ConfigJson config = checkpoint.config();
        BenchedModel model =
            new BenchedModel(
                checkpoint.root(),
                config.optionalText("model_type").orElse("of no named type"),
                table.elements(),
                table.byteSize(),
                weights);
        return new Facts(model, chosen(config));
      }
    }

    private static double chosen(ConfigJson config) {
      int all =
          EXPERTS.stream()
              .flatMap(name -> config.optionalSize(name).stream())
              .findFirst()
              .orElse(1);
      return (double) config.optionalSize("num_experts_per_tok").orElse(all) / all;
    }
  }
}
