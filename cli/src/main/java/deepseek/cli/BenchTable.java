package deepseek.cli;

import deepseek.bench.machine.Cpu;
import deepseek.bench.machine.MachineSpeed;
import deepseek.bench.speed.BenchReport;
import deepseek.bench.speed.BenchedModel;
import deepseek.bench.speed.Bound;
import deepseek.bench.speed.PeerBuild;
import deepseek.bench.speed.Result;
import deepseek.bench.speed.Samples;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A benchmark's facts and figures for people. */
final class BenchTable implements BenchReport {
  private static final double SAME_BANDWIDTH = 0.1;
  private static final double IDLE = 0.1;

  private final PrintWriter out;
  private double bandwidth;
  private double busy;
  private boolean isHeadless = true;

  BenchTable(PrintWriter out) {
    this.out = out;
  }

  private void line(String key, String text) {
    out.printf("%-9s %s%n", key, text);
  }

  @Override
  public void machine(Cpu cpu, int threads, MachineSpeed speed) {
    bandwidth = speed.readBandwidth();
    busy = speed.busy();
    line("Machine", cpu.model() + ", " + threads + (threads == 1 ? " thread" : " threads"));
    line("", String.join(" ", cpu.features()));
    line("", "%.0f %% of it busy with other programs".formatted(100 * busy));
    line("Memory", perSecond(bandwidth, "B") + " read");
    line(
        "Products",
        speed.products().entrySet().stream()
            .map(p -> perSecond(p.getValue(), "FLOP") + " in " + p.getKey().torchName())
            .collect(Collectors.joining(", ")));
  }

  private static String perSecond(double value, String unit) {
    return Sizes.withPrefix(value) + unit + "/s";
  }

  @Override
  public void model(BenchedModel model) {
    line("Model", model.path().toString());
    line(
        "",
        "%s, %s values in %s, weights %s"
            .formatted(
                model.type(),
                Sizes.withPrefix((double) model.values()).replace(" ", ""),
                Sizes.text(model.bytes()),
                model.weights()));
  }

  @Override
  public void peer(String name, PeerBuild build) {
    line("Peer", name + " of " + build.version());
    line("", build.system());
  }

  @Override
  public void result(Result result) {
    if (isHeadless) {
      isHeadless = false;
      Optional<String> peer = result.peers().map(Result.Peers::name);
      row("tokens/s", "deepseek", peer.map(name -> List.of(name, "ratio")).orElse(List.of()));
    }
    row(
        result.workload().name(),
        text(result.ours(), 1),
        result
            .peers()
            .map(
                peers ->
                    List.of(
                        text(peers.speeds(), 1),
                        text(result.ratio().orElseThrow(), 2) + "  " + peers.attention()))
            .orElse(List.of()));
  }

  private void row(String name, String ours, List<String> peers) {
    String first = "%-9s %-18s".formatted(name, ours);
    out.println(
        (first + peers.stream().map(" %-18s"::formatted).collect(Collectors.joining()))
            .stripTrailing());
    out.flush();
  }

  private static String text(Samples samples, int digits) {
    String format = "%." + digits + "f ± %." + digits + "f";
    return String.format(Locale.ROOT, format, samples.mean(), samples.deviation());
  }

  @Override
  public void bound(Result result, Bound bound) {
    out.printf(
        Locale.ROOT,
        "%-9s %s / %s of weights a token = %.1f tokens/s, of which deepseek reaches %.2f%n",
        result.workload().name(),
        perSecond(bound.readBandwidth(), "B"),
        Sizes.text(bound.bytesPerToken()),
        bound.tokensPerSecond(),
        bound.share(result.ours()));
  }

  @Override
  public void bandwidthAtEnd(double bytesPerSecond) {
    double change = Math.abs(bytesPerSecond - bandwidth) / Math.max(bytesPerSecond, bandwidth);
    line("Memory", perSecond(bytesPerSecond, "B") + " read, at the end" + verdict(change));
  }

  private String verdict(double change) {
    return change > SAME_BANDWIDTH || busy > IDLE
        ? ": something else used the machine, and these figures count for nothing"
        : "";
  }
}
