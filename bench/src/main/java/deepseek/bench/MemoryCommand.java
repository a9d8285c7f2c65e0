package deepseek.bench;

import deepseek.bench.speed.LlamaCpp;
import deepseek.bench.speed.Workload;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelOptions;
import deepseek.models.generate.GenerationOptions;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Resident memory of a process that has a GGUF model open, has written 64 tokens and waits for more
 * to do, next to llama.cpp's on the same file.
 */
@Command(name = "memory", description = "Resident memory while a model is used, and llama.cpp's.")
final class MemoryCommand implements Runnable {
  private static final int TOKENS = 64;

  /** By then the JVM has handed back what its compilers no longer need. */
  private static final long WAIT_MILLIS = 6000;

  @Mixin private Setup setup;

  @Option(
      names = "--ctx",
      defaultValue = "2048",
      description = "Tokens that llama.cpp makes room for; default: ${DEFAULT-VALUE}.")
  private int context;

  @Override
  public void run() {
    Report report = setup.report("memory");
    int threads = setup.applyThreads();
    Path model = setup.resolve();
    Memory.Status ours = ours(report, model);
    if (setup.alone()) {
      return;
    }
    try (LlamaCpp peer = new LlamaCpp(setup.python(), model, threads, context)) {
      report.note("peer", peer.build().version());
      peer.seconds(new Workload(Workload.Kind.GENERATION, TOKENS));
      Memory.Status theirs = Memory.Status.of(peer.pid());
      report("llama.cpp", theirs, report);
      report.figure("peak, ours / llama.cpp", (double) ours.peak() / theirs.peak(), "");
      report.figure("resident, ours / llama.cpp", (double) ours.resident() / theirs.resident(), "");
    }
  }

  private static Memory.Status ours(Report report, Path model) {
    ModelOptions options = ModelOptions.defaults();
    try (CausalLm lm = AutoModel.causalLm(model.toString(), options)) {
      lm.generate("The sky is", GenerationOptions.defaults().withMaxNewTokens(TOKENS), text -> {});
      waitAWhile();
      Memory.Status status = Memory.Status.of(ProcessHandle.current().pid());
      report("ours", status, report);
      return status;
    }
  }

  private static void waitAWhile() {
    try {
      Thread.sleep(WAIT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void report(String name, Memory.Status status, Report report) {
    report.figure(name + ": peak", status.peak() / 1e6, "MB");
    report.figure(name + ": resident", status.resident() / 1e6, "MB");
    report.figure(name + ": of it anonymous", status.anonymous() / 1e6, "MB");
    report.figure(name + ": of it of files", status.file() / 1e6, "MB");
  }
}
