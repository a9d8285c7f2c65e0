package deepseek.bench;

import deepseek.compute.DType;
import deepseek.models.ModelOptions;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model through a memory budget smaller than its weights: the same tokens, fewer bytes. */
@Command(name = "budget", description = "A model within a part of its weights' memory.")
final class BudgetCommand implements Runnable {
  private static final int PROMPT_TOKENS = 32;

  @Mixin private Setup setup;

  @Option(
      names = "--share",
      defaultValue = "0.5",
      description = "Of the weights' bytes; default: ${DEFAULT-VALUE}.")
  private double share;

  @Option(names = "--new-tokens", defaultValue = "64")
  private int newTokens;

  @Override
  public void run() {
    Report report = setup.report("budget");
    setup.applyThreads();
    int[] prompt = setup.prompt(PROMPT_TOKENS);
    try (Bfloat16Copy copy = new Bfloat16Copy(setup.resolve())) {
      ModelOptions free = ModelOptions.defaults().withDtype(DType.BFLOAT16);
      long budget = (long) (copy.bytes() * share);
      report.figure("weights", copy.bytes() / 1e6, "MB");
      report.figure("budget", budget / 1e6, "MB");
      int[] expected = measure(report, "no budget", copy, free, prompt);
      int[] got = measure(report, "within it", copy, free.withMemoryBudget(budget), prompt);
      report.note("the same tokens", Arrays.equals(expected, got) ? "yes" : "NO");
    }
  }

  private int[] measure(
      Report report, String name, Bfloat16Copy copy, ModelOptions options, int[] prompt) {
    try (Ours ours = new Ours(copy.folder(), options)) {
      try (Memory.Peak peak = new Memory.Peak(copy.weights())) {
        ours.run(prompt, newTokens);
        report.figure(name + ": most weight bytes resident", peak.bytes() / 1e6, "MB");
      }
      // Timed without the watcher, which takes most of a core.
      Ours.Run run = ours.run(prompt, newTokens);
      report.figure(name + ": decode", run.timings().tokensPerSecond(), "tokens/s");
      return run.ids();
    }
  }
}
