package deepseek.kernel.tune;

import deepseek.kernel.KernelException;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.FoundTuning;
import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.TileCheck;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Tunes the constants of the hand-written product kernels, one {@link Knob} after the other.
 * Variants run in turn, so that other load on the machine affects all of them, and each result is
 * compared with the default's. The choice is stored for this processor.
 */
public final class ProductTuner {
  private static final double SPARSE = 0.25;

  private final KernelCache cache;
  private final CCompiler compiler;
  private final CpuFeatures features;
  private final Effort effort;

  /**
   * How long to measure.
   *
   * @param nanos the approximate duration of a sample
   * @param coldBytes more bytes than the CPU caches hold, for weights that have to be read from
   *     memory
   * @param threads of a product
   */
  public record Effort(int rounds, long nanos, long coldBytes, int threads) {
    /** Enough to detect differences of a few percent. */
    public static Effort usual(int threads) {
      return new Effort(11, 10_000_000, ProductWorkload.COLD_BYTES, threads);
    }
  }

  /** The tuning found, and the measurements behind it. */
  public record Found(CpuTuning tuning, List<TunedKnob> knobs) {}

  /** Tunes kernels that {@code compiler} compiles into {@code cache}. */
  public ProductTuner(KernelCache cache, CCompiler compiler, CpuFeatures features, Effort effort) {
    this.cache = cache;
    this.compiler = compiler;
    this.features = TileCheck.usable(features, cache, compiler);
    this.effort = effort;
  }

  /**
   * Tunes all constants on weights of these formats and shapes.
   *
   * @param progress receives a line per step
   * @throws KernelException if the kernels can't be compiled
   */
  public Found tune(List<WeightOperand> forms, Consumer<String> progress) {
    List<Knob> concerned =
        Arrays.stream(Knob.values())
            .filter(knob -> knob.isFor(features) && forms.stream().anyMatch(knob::concerns))
            .toList();
    for (Knob knob : concerned) {
      // Checked before the first one is tried, which takes a while.
      settings(knob, forms).forEach(ProductWorkload.Setting::requireMemory);
    }
    CpuTuning tuning = CpuTuning.USUAL;
    List<TunedKnob> knobs = new ArrayList<>();
    for (Knob knob : concerned) {
      TunedKnob found = tune(knob, tuning, forms, progress);
      knobs.add(found);
      tuning = tuning.with(knob.number(), found.chosen());
    }
    CpuKernels.compiled(new CompiledCode(cache, compiler), features, tuning);
    new FoundTuning(cache, compiler, features).remember(tuning);
    return new Found(tuning, List.copyOf(knobs));
  }

  private TunedKnob tune(
      Knob knob, CpuTuning base, List<WeightOperand> forms, Consumer<String> progress) {
    List<Integer> values = knob.candidates(base);
    List<CpuKernels> kernels = new ArrayList<>();
    for (int value : values) {
      progress.accept(knob + ": compiling " + value);
      kernels.add(
          CpuKernels.compiled(
              new CompiledCode(cache, compiler), features, base.with(knob.number(), value)));
    }
    List<Timed> cases = new ArrayList<>();
    for (ProductWorkload.Setting setting : settings(knob, forms)) {
      WeightOperand form = setting.form();
      progress.accept(knob + ": " + form.format() + " " + form.out() + "x" + form.in());
      cases.add(time(kernels, setting));
    }
    List<Measured> measured =
        IntStream.range(0, values.size()).mapToObj(i -> measured(values.get(i), i, cases)).toList();
    return new TunedKnob(
        knob,
        cases.stream().map(Timed::summary).toList(),
        measured,
        Measured.best(measured).value());
  }

  private List<ProductWorkload.Setting> settings(Knob knob, List<WeightOperand> forms) {
    return knob.rows().stream().flatMap(rows -> settings(knob, forms, rows).stream()).toList();
  }

  private List<ProductWorkload.Setting> settings(Knob knob, List<WeightOperand> forms, int rows) {
    List<ProductWorkload.Setting> settings = new ArrayList<>();
    for (ProductWorkload.Kind kind : knob.kinds()) {
      for (WeightOperand form : forms) {
        if (knob.concerns(form) && kind.has(form.format())) {
          double density = kind.isSparse() ? SPARSE : 1;
          settings.add(
              ProductWorkload.Setting.of(
                  kind, form, rows, density, effort.coldBytes(), effort.threads()));
        }
      }
    }
    return settings;
  }

  /** Times of a case, [variant][round], and which variants' results agree with the first's. */
  private record Timed(ProductWorkload.Setting setting, double[][] nanos, boolean[] agrees) {
    double median(int variant) {
      double[] sorted = nanos[variant].clone();
      Arrays.sort(sorted);
      return sorted[sorted.length / 2];
    }

    TunedKnob.Case summary() {
      return new TunedKnob.Case(
          setting.kind(),
          setting.form(),
          setting.rows(),
          IntStream.range(0, nanos.length).mapToObj(this::median).toList());
    }
  }

  private Timed time(List<CpuKernels> kernels, ProductWorkload.Setting setting) {
    try (ProductWorkload workload = new ProductWorkload(kernels.getFirst(), setting)) {
      List<Runnable> products = kernels.stream().map(workload::by).toList();
      boolean[] agrees = new boolean[products.size()];
      products.getFirst().run();
      MemorySegment usual = MemorySegment.ofArray(workload.result());
      for (int i = 0; i < agrees.length; i++) {
        products.get(i).run();
        agrees[i] = Measured.agree(MemorySegment.ofArray(workload.result()), usual);
      }
      int runs = (int) Math.clamp(effort.nanos() / nanos(products.getFirst(), 1), 1, 10_000);
      double[][] nanos = new double[products.size()][effort.rounds()];
      for (int round = 0; round < effort.rounds(); round++) {
        for (int i = 0; i < nanos.length; i++) {
          nanos[i][round] = nanos(products.get(i), runs);
        }
      }
      return new Timed(setting, nanos, agrees);
    }
  }

  private static double nanos(Runnable product, int runs) {
    long since = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      product.run();
    }
    return (double) (System.nanoTime() - since) / runs;
  }

  /**
   * For each round, the geometric mean over all cases of the time divided by the first variant's
   * median.
   */
  private Measured measured(int value, int variant, List<Timed> cases) {
    DoubleStream shares =
        IntStream.range(0, effort.rounds())
            .mapToDouble(
                round ->
                    Math.exp(
                        cases.stream()
                            .mapToDouble(c -> Math.log(c.nanos()[variant][round] / c.median(0)))
                            .average()
                            .orElse(0)));
    return Measured.of(value, shares, cases.stream().allMatch(timed -> timed.agrees()[variant]));
  }
}
