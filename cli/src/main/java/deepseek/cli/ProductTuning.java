package deepseek.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.bench.machine.Cpu;
import deepseek.compute.Machine;
import deepseek.compute.Plan;
import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.tune.Knob;
import deepseek.kernel.tune.Measured;
import deepseek.kernel.tune.ProductTuner;
import deepseek.kernel.tune.TunedKnob;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Tunes the hand-written products, and prints what was found. */
final class ProductTuning {
  /** What {@code kernels tune} calls them. */
  static final String NAME = "products";

  private static final int[][] USUAL = {{2048, 2048}, {8192, 2048}, {2048, 8192}};
  private static final List<WeightFormat> FORMATS =
      List.of(WeightFormat.INT4, WeightFormat.INT8, WeightFormat.BF16);

  private ProductTuning() {}

  /** Weights of each usual format and shape. */
  static List<WeightOperand> usual() {
    List<WeightOperand> forms = new ArrayList<>();
    for (int[] shape : USUAL) {
      forms.addAll(of(shape[0], shape[1]));
    }
    return forms;
  }

  /** Weights [out, in] of each usual format. */
  static List<WeightOperand> of(int out, int in) {
    return FORMATS.stream().map(format -> new WeightOperand(format, 0, in, out)).toList();
  }

  /** The weights that a model's plan multiplies by. */
  static List<WeightOperand> of(String id, ModelOptions options) {
    List<WeightOperand> forms;
    try (Decoder decoder = AutoModel.fromPretrained(id, options)) {
      forms = decoder.products().stream().map(ProductTuning::form).toList();
    }
    if (forms.isEmpty()) {
      throw new CliException(
          "tune products",
          "a model whose steps the CPU's kernels run",
          id + ", which runs layer by layer",
          "choose another, or give a --shape");
    }
    return forms;
  }

  private static WeightOperand form(Plan.Product product) {
    WeightFormat format =
        Arrays.stream(WeightFormat.values())
            .filter(f -> f.toString().equals(product.format()))
            .findFirst()
            .orElseThrow();
    return new WeightOperand(
        format,
        0,
        product.in(),
        product.out(),
        product.activationBits() == 8
            ? WeightOperand.Activations.BITS_8
            : WeightOperand.Activations.BITS_16);
  }

  static ProductTuner.Found tune(List<WeightOperand> forms, Consumer<String> progress) {
    return new ProductTuner(
            KernelCache.ofUser(),
            CCompiler.required("tune products"),
            CpuFeatures.detect(),
            ProductTuner.Effort.usual(Machine.threads()))
        .tune(forms, progress);
  }

  static void table(ProductTuner.Found found, PrintWriter out) {
    out.printf("%n%s: %s, %d threads%n", NAME, Cpu.ofThisMachine().model(), Machine.threads());
    for (TunedKnob knob : found.knobs()) {
      out.printf("%n  %-28s", title(knob.knob()) + ", us");
      knob.variants().forEach(v -> out.printf("%9d", v.value()));
      out.println();
      for (TunedKnob.Case each : knob.cases()) {
        out.printf("  %-28s", label(each));
        each.nanos().forEach(nanos -> out.printf(Locale.ROOT, "%9.1f", nanos / 1e3));
        out.println();
      }
      row(out, "all, of the usual one's time", knob, Measured::median);
      row(out, "spread", knob, Measured::spread);
      knob.variants().stream()
          .filter(v -> !v.agrees())
          .forEach(v -> out.println("  " + v.value() + " gives another result: never chosen"));
      out.printf(Locale.ROOT, "  chosen: %d, %.2f times as fast%n", knob.chosen(), knob.gain());
    }
    CpuTuning tuning = found.tuning();
    out.printf("%nkept for this processor, from the next start on:%n  %s%n", tuning);
  }

  private interface Figure {
    double of(Measured variant);
  }

  private static void row(PrintWriter out, String name, TunedKnob knob, Figure figure) {
    out.printf("  %-28s", name);
    knob.variants().forEach(v -> out.printf(Locale.ROOT, "%9.3f", figure.of(v)));
    out.println();
  }

  private static String title(Knob knob) {
    return switch (knob) {
      case AHEAD -> "bytes fetched ahead";
      case FAR -> "weights fetched far ahead";
      case STREAMS -> "blocks abreast";
      case TILES -> "tiles at once";
      case CHUNKS -> "chunks of a thread";
      case EXPERT_CHUNKS -> "chunks of an expert";
      case SPARSE_AHEAD -> "blocks, rows ahead";
      case AMX_OVER -> "rows without AMX";
    };
  }

  private static String label(TunedKnob.Case each) {
    WeightOperand form = each.form();
    String what =
        switch (each.kind()) {
          case DENSE, DENSE_IN_JAVA -> each.rows() == 1 ? ", 1 row" : ", " + each.rows() + " rows";
          case EXPERTS -> each.rows() == 1 ? ", experts" : ", experts x" + each.rows();
          case BLOCKS, OUTPUT_BLOCKS, INPUT_BLOCKS, OUTPUTS, INPUTS -> ", " + each.kind();
        };
    return form.format() + " " + form.out() + "x" + form.in() + what;
  }

  static ObjectNode line(ProductTuner.Found found) {
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("kind", "product_tuning");
    line.put("processor", Cpu.ofThisMachine().model()).put("threads", Machine.threads());
    found
        .tuning()
        .numbers()
        .forEach((number, value) -> line.put(number.toString().replace('-', '_'), value));
    ArrayNode knobs = line.putArray("knobs");
    for (TunedKnob knob : found.knobs()) {
      ObjectNode node = knobs.addObject().put("knob", knob.knob().toString());
      ArrayNode variants = node.put("gain", knob.gain()).putArray("variants");
      for (Measured variant : knob.variants()) {
        variants
            .addObject()
            .put("value", variant.value())
            .put("share", variant.median())
            .put("spread", variant.spread())
            .put("agrees", variant.agrees());
      }
      ArrayNode cases = node.putArray("cases");
      for (TunedKnob.Case each : knob.cases()) {
        ArrayNode nanos =
            cases
                .addObject()
                .put("kind", each.kind().toString())
                .put("format", each.form().format().toString())
                .put("out", each.form().out())
                .put("in", each.form().in())
                .put("rows", each.rows())
                .putArray("median_ns");
        each.nanos().forEach(nanos::add);
      }
    }
    return line;
  }
}
