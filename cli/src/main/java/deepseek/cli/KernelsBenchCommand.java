package deepseek.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.bench.machine.Cpu;
import deepseek.bench.speed.ProductBench;
import deepseek.bench.speed.ProductCase;
import deepseek.compute.Kernels;
import deepseek.compute.Machine;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.VectorKernels;
import deepseek.kernel.cpu.WeightFormat;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures the processor's products with weights in each format. */
@Command(
    name = "bench",
    header = "Measure products with weights in each format, beside libtorch's.",
    footer = {
      "",
      "Memory bandwidth, our product and libtorch's are timed in turn. One row reads a",
      "weight that is in no cache: what counts is the share of bandwidth. Many rows",
      "count operations. A ratio is libtorch's time over ours; its _int_mm multiplies",
      "whole numbers alone, without the scales and the rounding that ours includes.",
      "",
      "Examples:",
      "  deepseek kernels bench",
      "  deepseek kernels bench --rows 1 --shape 2048x8192 --json",
      "  deepseek kernels bench --sparse int4",
    })
final class KernelsBenchCommand implements Runnable {
  private static final int UNIT = 64;

  /** As many copies as no cache holds of a smaller weight are too many to make. */
  private static final long LEAST_VALUES = 1 << 18;

  @SuppressWarnings("UnusedVariable") // its options are read by itself
  @Mixin
  private Common common;

  @ParentCommand private KernelsCommand kernels;
  @Spec private CommandSpec spec;

  @Option(
      names = "--shape",
      paramLabel = "OUTxIN",
      defaultValue = "4096x11008",
      description = "Of the weight, multiples of 64; default: ${DEFAULT-VALUE}.")
  private Shape shape;

  @Option(
      names = "--rows",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,512",
      description = "Rows of activations, 1 or more than 16; default: ${DEFAULT-VALUE}.")
  private List<Integer> rows;

  @Option(
      names = "--sparse",
      paramLabel = "FORMAT",
      description =
          "Instead, one row and weights of this format of which a share counts: int4, bf16, ...")
  private Optional<WeightFormat> sparse;

  @Option(
      names = {"-r", "--repetitions"},
      defaultValue = "15",
      paramLabel = "N",
      description = "Timed turns of each; default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of one product. Default: one per core.")
  private Optional<Integer> threads;

  @Option(names = "--json", description = "Print a line of JSON for each product.")
  private boolean json;

  @Override
  public void run() {
    List<ProductCase> cases = cases();
    threads.ifPresent(count -> Usage.of(spec, "--threads", count, KernelsBenchCommand::setThreads));
    cases.forEach(product -> ProductBench.requireMemory(product, Machine.threads()));
    CpuKernels compiled =
        Kernels.compiled()
            .orElseThrow(
                () ->
                    new CliException(
                        "measure kernels",
                        "compiled kernels",
                        "none",
                        "install a C compiler; deepseek doctor says more"));
    PrintWriter out = kernels.console().out();
    if (!json) {
      Cpu cpu = Cpu.ofThisMachine();
      out.printf("%s, %d threads%n", cpu.model(), Machine.threads());
      out.println("weight " + shape + ", medians of " + repetitions + " turns");
    }
    int last = 0;
    try (ProductBench bench = new ProductBench(compiled, Machine.threads())) {
      for (ProductCase product : cases) {
        if (!json && last != product.rows()) {
          last = product.rows();
          head(out, product);
        }
        print(out, bench.measure(product, repetitions));
      }
    }
  }

  private static int setThreads(int count) {
    Machine.threads(count);
    return count;
  }

  private List<ProductCase> cases() {
    if (shape.sizes().size() != 2 || shape.sizes().stream().anyMatch(n -> n % UNIT != 0)) {
      throw Usage.wrong(
          spec,
          "--shape",
          "OUTxIN, multiples of 64, which libtorch's products want",
          shape.toString());
    }
    int out = shape.sizes().getFirst();
    int in = shape.sizes().getLast();
    if ((long) out * in < LEAST_VALUES && (sparse.isPresent() || rows.contains(1))) {
      throw Usage.wrong(
          spec,
          "--shape",
          "at least " + LEAST_VALUES + " values, such as 512x512, for one row",
          shape.toString());
    }
    if (repetitions < 1) {
      throw Usage.wrong(spec, "--repetitions", "at least 1", String.valueOf(repetitions));
    }
    if (rows.stream().anyMatch(n -> n != 1 && (n < 17 || n > 4096))) {
      throw Usage.wrong(spec, "--rows", "1, or 17 to 4096, which _int_mm wants", rows.toString());
    }
    if (sparse.isPresent() && Usage.isGiven(spec, "--rows")) {
      throw Usage.wrong(spec, "--sparse", "no --rows beside it: it is for one row", "both");
    }
    if (sparse.isPresent()) {
      return ProductCase.sparse(sparse.get(), out, in);
    }
    List<ProductCase> cases = new ArrayList<>();
    for (int n : rows) {
      cases.addAll(ProductCase.of(n, out, in));
      if (n == 1 && VectorKernels.isAvailable()) {
        cases.addAll(ProductCase.inJava(out, in));
      }
    }
    return cases;
  }

  private void head(PrintWriter out, ProductCase product) {
    boolean one = product.rows() == 1;
    out.println();
    row(
        out,
        one ? "1 row" : product.rows() + " rows",
        sparse.isPresent() ? "density" : "",
        one ? "GB/s" : "GFLOP/s",
        one ? "of memory" : "",
        sparse.isPresent() ? "us" : "libtorch",
        one && sparse.isEmpty() ? "of memory" : "",
        sparse.isPresent() ? "" : "ratio",
        "");
  }

  private static void row(PrintWriter out, Object... cells) {
    out.println(
        String.format(Locale.ROOT, "%-24s%8s%9s%11s%10s%11s%8s  %s", cells).stripTrailing());
    out.flush();
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private void print(PrintWriter out, ProductBench.Result result) {
    ProductCase product = result.product();
    if (json) {
      out.println(line(result));
      return;
    }
    boolean one = product.rows() == 1;
    Optional<ProductBench.Result.Peer> peer = result.peer();
    double rate =
        one
            ? result.bytes() / result.seconds().median() / 1e9
            : result.flops(result.seconds()) / 1e9;
    String other =
        peer.map(
                p ->
                    text(
                        one ? "%.1f" : "%.0f",
                        (one ? p.bytes() / p.seconds().median() : result.flops(p.seconds())) / 1e9))
            .orElse(text("%.0f", 1e6 * result.seconds().median()));
    row(
        out,
        product.name(),
        sparse.isPresent() ? text("%.2f", product.density()) : "",
        text(one ? "%.1f" : "%.0f", rate),
        one ? text("%.2f", result.shareOfBandwidth()) : "",
        other,
        one ? result.peerShareOfBandwidth().map(s -> text("%.2f", s)).orElse("") : "",
        result.ratio().map(r -> text("%.2f", r)).orElse(""),
        product.peer().map(Object::toString).orElse(""));
  }

  private static ObjectNode line(ProductBench.Result result) {
    ProductCase product = result.product();
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("kind", "product").put("weight", product.name()).put("rows", product.rows());
    line.put("out", product.form().out()).put("in", product.form().in());
    line.put("density", product.density()).put("bytes", result.bytes());
    line.put("seconds", result.seconds().median());
    line.put("stddev_seconds", result.seconds().deviation());
    line.put("read_bandwidth", result.bandwidth().median());
    line.put("share_of_bandwidth", result.shareOfBandwidth());
    result
        .peer()
        .ifPresent(
            peer -> {
              line.put("peer", product.peer().orElseThrow().toString());
              line.put("peer_seconds", peer.seconds().median());
              line.put("ratio", result.ratio().orElseThrow());
            });
    return line;
  }
}
