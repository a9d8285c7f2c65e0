package deepseek.bench;

import deepseek.bench.machine.Probe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Greedy decoding in bfloat16, and how near it comes to reading the weights at full speed. */
@Command(name = "decode", description = "Tokens/s after a prompt, beside transformers.")
final class DecodeCommand implements Runnable {
  @Mixin private Setup setup;

  @Option(names = "--prompt-tokens", defaultValue = "32")
  private int promptTokens;

  @Option(names = "--new-tokens", defaultValue = "128")
  private int newTokens;

  @Override
  public void run() {
    Report report = setup.report("decode");
    setup.applyThreads();
    double bandwidth = Probe.readBandwidth();
    report.figure("memory bandwidth", bandwidth / 1e9, "GB/s");
    Comparison comparison = new Comparison(setup, report, promptTokens, newTokens + 1);
    double tokensPerSecond =
        comparison.run(
            new Comparison.Counted(
                "tokens/s",
                newTokens,
                run -> Comparison.secondsOf(run.timings().decodeNanos()),
                Transformers.Run::decode));
    double bound = bandwidth / comparison.weightBytes();
    report.figure("bound: bandwidth / bytes of weights", bound, "tokens/s");
    report.figure("ours / bound", tokensPerSecond / bound, "");
    report.figure("bandwidth again, at the end", Probe.readBandwidth() / 1e9, "GB/s");
  }
}
