package deepseek.bench;

import deepseek.compute.Machine;
import deepseek.hub.HubOptions;
import deepseek.hub.ModelHub;
import deepseek.models.AutoTokenizer;
import deepseek.models.ModelOptions;
import deepseek.text.tokenizer.Tokenizer;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every benchmark is told. */
final class Setup {
  @Option(
      names = "--model",
      defaultValue = "smollm2:135m",
      description = "Any model id that deepseek takes; default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--repeats",
      defaultValue = "7",
      description = "Measured runs of each side; default: ${DEFAULT-VALUE}.")
  private int repeats;

  @Option(names = "--threads", defaultValue = "0", description = "Threads; default: all cores.")
  private int threads;

  @Option(
      names = "--python",
      defaultValue = "python3",
      description = "The peer's Python, with torch and transformers; default: ${DEFAULT-VALUE}.")
  private String python;

  @Option(names = "--no-peer", description = "Measure ours alone.")
  private boolean alone;

  String model() {
    return model;
  }

  int repeats() {
    return repeats;
  }

  String python() {
    return python;
  }

  boolean alone() {
    return alone;
  }

  /** Sets libtorch's threads and returns how many there are. */
  int applyThreads() {
    if (threads > 0) {
      Machine.threads(threads);
    }
    return Machine.threads();
  }

  /** The model on disk, fetched if need be. */
  Path resolve() {
    return resolve(model);
  }

  static Path resolve(String model) {
    return new ModelHub(HubOptions.fromEnvironment()).resolve(model).root();
  }

  int[] prompt(int tokens) {
    try (Tokenizer tokenizer = AutoTokenizer.fromPretrained(model, ModelOptions.defaults())) {
      return Prompts.ofLength(tokens, tokenizer);
    }
  }

  Transformers peer(Path folder) {
    return new Transformers(python, folder, Machine.threads());
  }

  /** The checkout; bench/run names it. */
  static Path home() {
    return Path.of(System.getProperty("deepseek.home", "."));
  }

  Report report(String benchmark) {
    return new Report(benchmark, System.out, System.err);
  }
}
