package deepseek.bench.machine;

import com.sun.management.OperatingSystemMXBean;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.lang.management.ManagementFactory;

/** Short measurements of what bounds a model here; the best of several tries, on all threads. */
public final class Probe {
  private static final long NANOS_PER_PROBE = 400_000_000;
  private static final long MILLIS_OF_A_LOOK = 300;
  private static final long MOST_READ = 1L << 30;
  private static final int MATRIX = 1024;

  private Probe() {}

  /**
   * Bytes per second that a sum over a GiB of FP32 reads, or over a sixteenth of a small memory;
   * decoding reads each weight once per token, so this over the weights' size bounds tokens per
   * second.
   */
  public static double readBandwidth() {
    long bytes = Math.min(MOST_READ, system().getTotalMemorySize() / 16);
    try (Scope scope = Scope.open();
        InferenceMode mode = InferenceMode.enter()) {
      Tensor data = Tensor.full(1, DType.FLOAT32, Device.CPU, bytes / DType.FLOAT32.byteSize());
      return bytes / secondsOf(data::sum);
    }
  }

  /** Floating-point operations per second of a square matrix product, 2n³ each. */
  static double matmul(DType dtype) {
    try (Scope scope = Scope.open();
        InferenceMode mode = InferenceMode.enter();
        Rng rng = Rng.seeded(0)) {
      Tensor a = Tensor.randn(rng, MATRIX, MATRIX).to(dtype);
      Tensor b = Tensor.randn(rng, MATRIX, MATRIX).to(dtype);
      return 2.0 * MATRIX * MATRIX * MATRIX / secondsOf(() -> a.matmul(b));
    }
  }

  /**
   * The share of the processors that is busy while this thread sleeps; 0 where that isn't known.
   */
  static double busy() {
    system().getCpuLoad(); // the next counts from here
    try {
      Thread.sleep(MILLIS_OF_A_LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    double load = system().getCpuLoad();
    return load >= 0 ? load : 0; // negative or not a number where it isn't known
  }

  private static OperatingSystemMXBean system() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  }

  private static double secondsOf(Runnable work) {
    long best = Long.MAX_VALUE;
    long end = System.nanoTime() + NANOS_PER_PROBE;
    do {
      long start = System.nanoTime();
      try (Scope scope = Scope.open()) {
        work.run();
      }
      best = Math.min(best, System.nanoTime() - start);
    } while (System.nanoTime() < end);
    return best / 1e9;
  }
}
