package deepseek.devices.tune;

import deepseek.devices.ops.Operator;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.CompiledKernel;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.kernel.KernelException;
import deepseek.kernel.tune.Measured;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures an operator in several widths on a device. Widths run in turn, so that other load
 * affects all of them, and each result is compared with the default width's. The choice is stored.
 */
public final class Tuner {
  private static final System.Logger LOG = System.getLogger(Tuner.class.getName());
  private static final List<Integer> ON_PROCESSORS = List.of(1, 16, 32, 64);
  private static final List<Integer> ELSEWHERE = List.of(1, 16, 32, 64, 128, 256);
  private static final int ROUNDS = 15;
  // Each sample has enough launches for the clock's resolution.
  private static final long LEAST_NANOS = 2_000_000;
  private static final int MOST_LAUNCHES = 200;

  private final Backend backend;
  private final DeviceRuntime runtime;
  private final TunedWidths widths;

  /**
   * Measures on {@code runtime}, a device of {@code backend}, and stores the choice in {@code
   * widths}.
   */
  public Tuner(Backend backend, DeviceRuntime runtime, TunedWidths widths) {
    this.backend = backend;
    this.runtime = runtime;
    this.widths = widths;
  }

  /** One width: its kernel, whether its result agrees, and its times. */
  private record Variant(int width, CompiledKernel kernel, boolean agrees, List<Double> times) {
    Measured measured() {
      return Measured.of(width, times.stream().mapToDouble(Double::doubleValue), agrees);
    }
  }

  /**
   * Measures all widths on this shape.
   *
   * @param progress receives a line per step
   * @throws KernelException for shapes that don't fit the operator
   */
  public Tuning tune(Operator operator, List<Integer> shape, Consumer<String> progress) {
    Trial trial = new Trial(runtime, operator, shape);
    try (Arena arena = Arena.ofConfined()) {
      List<Variant> variants = variants(operator, trial, arena, progress);
      int launches = launches(variants.getFirst(), trial);
      for (int round = 1; round <= ROUNDS; round++) {
        progress.accept(operator.name() + ": round " + round + " of " + ROUNDS);
        for (Variant variant : variants) {
          variant.times().add(nanos(variant, trial, launches) / launches);
        }
      }
      Tuning found =
          Tuning.of(operator.name(), shape, variants.stream().map(Variant::measured).toList());
      widths.remember(backend, runtime, operator, found);
      return found;
    } finally {
      trial.close();
    }
  }

  private List<Variant> variants(
      Operator operator, Trial trial, Arena arena, Consumer<String> progress) {
    List<Integer> candidates = backend == Backend.CPU ? ON_PROCESSORS : ELSEWHERE;
    List<Variant> variants = new ArrayList<>();
    // Outside Java's heap, which may be far smaller than a device's memory.
    MemorySegment usual = arena.allocate(ValueLayout.JAVA_FLOAT, trial.result().words());
    MemorySegment result = arena.allocate(ValueLayout.JAVA_FLOAT, trial.result().words());
    for (int width :
        Stream.concat(Stream.of(runtime.groupWidth()), candidates.stream()).distinct().toList()) {
      progress.accept(operator.name() + ": compiling width " + width);
      try {
        CompiledKernel kernel = runtime.compile(operator.kernel(width));
        kernel.launch(trial.arguments());
        trial.result().read(variants.isEmpty() ? usual : result);
        variants.add(
            new Variant(
                width,
                kernel,
                variants.isEmpty() || Measured.agree(result, usual),
                new ArrayList<>()));
      } catch (KernelException e) {
        if (variants.isEmpty()) {
          throw e;
        }
        LOG.log(System.Logger.Level.DEBUG, "width {0} is left out: {1}", width, e.getMessage());
      }
    }
    return variants;
  }

  private static int launches(Variant usual, Trial trial) {
    double once = nanos(usual, trial, 1);
    return (int) Math.clamp(LEAST_NANOS / once, 1, MOST_LAUNCHES);
  }

  private static double nanos(Variant variant, Trial trial, int launches) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment word = arena.allocate(Integer.BYTES);
      long since = System.nanoTime();
      for (int i = 0; i < launches; i++) {
        variant.kernel().launch(trial.arguments());
      }
      trial.result().read(word); // waits for the device
      return System.nanoTime() - since;
    }
  }
}
