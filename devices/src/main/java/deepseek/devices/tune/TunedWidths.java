package deepseek.devices.tune;

import deepseek.devices.ir.Kernel;
import deepseek.devices.ops.Operator;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The group widths that {@link Tuner} found: one entry in the kernel cache per device with its
 * driver or compiler, operator source and shape.
 */
public final class TunedWidths {
  private static final System.Logger LOG = System.getLogger(TunedWidths.class.getName());
  private static final int MOST = 256;

  private final KernelCache cache;

  /** The widths in {@code cache}. */
  public TunedWidths(KernelCache cache) {
    this.cache = cache;
  }

  /**
   * The operator for this shape, with the tuned width if there is one, else the device's default.
   */
  public Kernel kernel(
      Backend backend, DeviceRuntime runtime, Operator operator, List<Integer> shape) {
    int width = find(backend, runtime, operator, shape).orElseGet(runtime::groupWidth);
    return operator.kernel(width);
  }

  /** The tuned width; empty if there is none, or the entry is damaged. */
  public Optional<Integer> find(
      Backend backend, DeviceRuntime runtime, Operator operator, List<Integer> shape) {
    return cache
        .kept(key(backend, runtime, operator, shape))
        .flatMap(bytes -> width(operator, new String(bytes, StandardCharsets.US_ASCII)));
  }

  private static Optional<Integer> width(Operator operator, String text) {
    if (text.matches("[1-9]\\d{0,2}") && Integer.parseInt(text) <= MOST) {
      return Optional.of(Integer.parseInt(text));
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "the width found for {0} can''t be read: tune it anew",
        operator.name());
    return Optional.empty();
  }

  void remember(Backend backend, DeviceRuntime runtime, Operator operator, Tuning found) {
    cache.keep(
        key(backend, runtime, operator, found.shape()),
        String.valueOf(found.chosen()).getBytes(StandardCharsets.US_ASCII));
  }

  private static KernelCache.Key key(
      Backend backend, DeviceRuntime runtime, Operator operator, List<Integer> shape) {
    return new KernelCache.Key(
        operator.name(),
        "width",
        List.of(
            backend.toString(),
            runtime.device(),
            String.join(" ", CpuFeatures.detect().compilerFlags()),
            backend.target().render(operator.kernel(runtime.groupWidth())),
            shape.toString()));
  }
}
