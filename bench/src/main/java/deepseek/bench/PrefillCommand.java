package deepseek.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** From a prompt to the first token of its answer, in bfloat16. */
@Command(name = "prefill", description = "Prompt tokens/s, beside transformers.")
final class PrefillCommand implements Runnable {
  @Mixin private Setup setup;

  @Option(names = "--prompt-tokens", defaultValue = "512")
  private int promptTokens;

  @Override
  public void run() {
    Report report = setup.report("prefill");
    new Comparison(setup, report, promptTokens, 1)
        .run(
            new Comparison.Counted(
                "tokens/s",
                promptTokens,
                run -> Comparison.secondsOf(run.timings().promptNanos()),
                Transformers.Run::prefill));
  }
}
