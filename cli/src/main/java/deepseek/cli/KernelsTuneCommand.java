package deepseek.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.devices.tune.Trial;
import deepseek.devices.tune.TunedWidths;
import deepseek.devices.tune.Tuner;
import deepseek.devices.tune.Tuning;
import deepseek.kernel.KernelException;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.tune.Measured;
import deepseek.kernel.tune.ProductTuner;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Tries an operator's variants on a device and remembers the fastest. */
@Command(
    name = "tune",
    header = "Find the fastest variant of a kernel on a device.",
    footer = {
      "",
      "A variant is a width: the items of a group. Each is timed in turn with the",
      "others and has to give what the usual one gives; it is taken when it wins by",
      "more than the times spread, and kept in the kernels' cache for the device, its",
      "driver and the shape. OPERATOR products stands for the processor's kernels",
      "written by hand: how far ahead they fetch, how many tiles of rows a weight",
      "meets, in how many chunks threads take them. One choice is for all shapes;",
      "what runs models uses it from its next start on.",
      "",
      "Examples:",
      "  deepseek kernels tune softmax",
      "  deepseek kernels tune int4_gemv --target opencl --shape 4096x4096",
      "  deepseek kernels tune products --model Qwen/Qwen3-0.6B --quant int4",
      "  deepseek kernels tune --json > tuned.jsonl",
    })
final class KernelsTuneCommand implements Runnable {
  private static final int MOST = 1 << 18;

  @Mixin Common common;
  @ParentCommand private KernelsCommand kernels;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "OPERATOR",
      arity = "0..*",
      description = "Those that kernels list names, or products; default: all that have variants.")
  private List<String> operators = List.of();

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      defaultValue = "cpu",
      description = "One of ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private Backend target;

  @Option(
      names = "--shape",
      paramLabel = "SIZES",
      description = "Sizes with an x between them, such as 4096x2048; default: usual ones.")
  private Optional<Shape> shape = Optional.empty();

  /** Whose weights are tried. */
  private static final class Model {
    @Option(
        names = "--model",
        required = true,
        paramLabel = "MODEL",
        converter = Converters.ModelName.class,
        description = "Products: the weights of this model, as it is run.")
    private String id;

    @Option(
        names = "--quant",
        paramLabel = "KIND",
        description = "For --model: int4, int8, as-stored or none, as run has it.")
    private Optional<QuantizationConfig> quantization;

    List<WeightOperand> weights() {
      ModelOptions options = ModelOptions.defaults();
      return ProductTuning.of(id, quantization.map(options::withQuantization).orElse(options));
    }
  }

  @ArgGroup(exclusive = false)
  private @Nullable Model model;

  @Option(names = "--json", description = "Print a line of JSON for each operator.")
  private boolean json;

  @Override
  public void run() {
    boolean all = operators.isEmpty() && target == Backend.CPU;
    List<Operator> chosen = chosen();
    List<List<Integer>> shapes = chosen.stream().map(this::sizes).toList();
    List<WeightOperand> forms = all || operators.contains(ProductTuning.NAME) ? forms() : List.of();
    try {
      if (!chosen.isEmpty()) {
        tune(chosen, shapes);
      }
      if (!forms.isEmpty()) {
        tune(forms);
      }
    } catch (KernelException e) {
      progress("");
      throw e;
    }
  }

  private void tune(List<Operator> chosen, List<List<Integer>> shapes) {
    Console console = kernels.console();
    try (DeviceRuntime runtime = target.open()) {
      Tuner tuner = new Tuner(target, runtime, new TunedWidths(KernelCache.ofUser()));
      for (int i = 0; i < chosen.size(); i++) {
        Tuning found = tuner.tune(chosen.get(i), shapes.get(i), this::progress);
        progress("");
        if (json) {
          console.out().println(line(found, runtime.device()));
        } else {
          if (i == 0) {
            console.out().printf("%s: %s%n", target, runtime.device());
          }
          table(found, console.out());
        }
        console.out().flush();
      }
    }
  }

  private void tune(List<WeightOperand> forms) {
    ProductTuner.Found found = ProductTuning.tune(forms, this::progress);
    progress("");
    PrintWriter out = kernels.console().out();
    if (json) {
      out.println(ProductTuning.line(found));
    } else {
      ProductTuning.table(found, out);
    }
    out.flush();
  }

  /** The weights that products are tried with. */
  private List<WeightOperand> forms() {
    if (target != Backend.CPU) {
      throw Usage.wrong(spec, "--target", "cpu for " + ProductTuning.NAME, target.toString());
    }
    if (model != null && shape.isPresent()) {
      throw Usage.wrong(spec, "--shape", "no --model beside it, which has shapes", "both");
    }
    if (model != null) {
      return model.weights();
    }
    return shape.map(this::forms).orElseGet(ProductTuning::usual);
  }

  private List<WeightOperand> forms(Shape given) {
    List<Integer> sizes = given.sizes();
    if (sizes.size() != 2 || sizes.stream().anyMatch(n -> n > MOST)) {
      throw Usage.wrong(
          spec,
          "--shape",
          "OUTxIN of at most " + MOST + " each for " + ProductTuning.NAME,
          given.toString());
    }
    return ProductTuning.of(sizes.getFirst(), sizes.getLast());
  }

  private List<Operator> chosen() {
    if (shape.isPresent() && operators.size() != 1) {
      throw Usage.wrong(
          spec,
          "--shape",
          "the one OPERATOR whose shape it is",
          operators.isEmpty() ? "none" : String.join(" ", operators));
    }
    if (model != null && !operators.equals(List.of(ProductTuning.NAME))) {
      throw Usage.wrong(
          spec,
          "--model",
          "OPERATOR " + ProductTuning.NAME,
          operators.isEmpty() ? "none" : String.join(" ", operators));
    }
    if (operators.isEmpty()) {
      return Operators.all().stream().filter(o -> Trial.form(o).isPresent()).toList();
    }
    return operators.stream()
        .filter(name -> !name.equals(ProductTuning.NAME))
        .map(name -> Usage.of(spec, "OPERATOR", name, Operators::named))
        .toList();
  }

  private List<Integer> sizes(Operator operator) {
    Trial.Form form = Usage.of(spec, "OPERATOR", operator, Trial::requiredForm);
    return shape
        .map(
            given ->
                Usage.of(
                    spec, "--shape", given.sizes(), sizes -> Trial.requiredShape(operator, sizes)))
        .orElse(form.usual());
  }

  /** One line that is written over, on a terminal. */
  private void progress(String text) {
    Console console = kernels.console();
    if (console.isTerminal(Console.Stream.ERR)) {
      console.err().print("\r\033[K" + text);
      console.err().flush();
    }
  }

  private static void table(Tuning found, PrintWriter out) {
    out.printf("%n%s %s%n", found.operator(), new Shape(found.shape()));
    out.printf("  %5s  %12s  %10s%n", "width", "median us", "spread us");
    for (Measured variant : found.measured()) {
      String mark =
          variant.value() == found.chosen()
              ? String.format(Locale.ROOT, "  chosen, %.2f times as fast", found.gain())
              : variant.agrees() ? "" : "  another result: never chosen";
      out.printf(
          Locale.ROOT,
          "  %5d  %12.1f  %10.1f%s%n",
          variant.value(),
          variant.median() / 1e3,
          variant.spread() / 1e3,
          mark);
    }
  }

  private ObjectNode line(Tuning found, String device) {
    ObjectNode line =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", "tuning")
            .put("operator", found.operator())
            .put("target", target.toString())
            .put("device", device)
            .put("shape", new Shape(found.shape()).toString());
    ArrayNode variants = line.putArray("variants");
    for (Measured variant : found.measured()) {
      variants
          .addObject()
          .put("width", variant.value())
          .put("median_ns", variant.median())
          .put("spread_ns", variant.spread())
          .put("agrees", variant.agrees());
    }
    return line.put("width", found.chosen()).put("gain", found.gain());
  }
}
