package deepseek.compute;

import deepseek.compute.internal.NativeGenerator;
import deepseek.compute.internal.TorchRuntime;

/**
 * One stream of random numbers: the same seed gives the same numbers on the same machine. {@link
 * #seedAll} sets libtorch's default stream, which dropout draws from.
 */
public final class Rng implements AutoCloseable {
  private final NativeGenerator generator;

  private Rng(NativeGenerator generator) {
    this.generator = generator;
  }

  public static Rng seeded(long seed) {
    return new Rng(new NativeGenerator(seed));
  }

  /** Seeds the default stream of every device. */
  public static void seedAll(long seed) {
    TorchRuntime.seed(seed);
  }

  /** Starts this stream again. */
  public void reseed(long seed) {
    generator.seed(seed);
  }

  NativeGenerator stream() {
    return generator;
  }

  @Override
  public void close() {
    generator.free();
  }
}
