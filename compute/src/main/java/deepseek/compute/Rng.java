package deepseek.compute;

import deepseek.compute.internal.NativeGenerator;
import deepseek.compute.internal.TorchRuntime;

/**
 * One stream of random numbers on the CPU, libtorch's Mersenne twister: the same seed gives the
 * same numbers on the same machine, and PyTorch's for {@code torch.Generator().manual_seed(seed)}.
 *
 * <p>One thread may draw at a time. {@link Tensor#dropout} draws from libtorch's default stream
 * instead, which {@link #seedAll} sets.
 *
 * <p>Throws {@link ComputeException} when used after {@link #close}.
 */
public final class Rng implements AutoCloseable {
  private final NativeGenerator generator;
  private boolean closed;

  private Rng(NativeGenerator generator) {
    this.generator = generator;
  }

  /** A stream of its own; the lower 32 bits of {@code seed} count. */
  public static Rng seeded(long seed) {
    return new Rng(new NativeGenerator(seed));
  }

  /** Starts the default stream of every device again, for all threads. */
  public static void seedAll(long seed) {
    TorchRuntime.seed(seed);
  }

  /** Starts this stream again. */
  public void reseed(long seed) {
    open(this, "reseed").seed(seed);
  }

  /** The stream, if {@code operation} may draw from it. */
  static NativeGenerator open(Rng rng, String operation) {
    if (ComputeException.present(operation, "an Rng", rng).closed) {
      throw new ComputeException(
          operation, "an open Rng", "a closed one", "draw before closing it, or make another");
    }
    return rng.generator;
  }

  /** Frees the stream. Closing twice does nothing. */
  @Override
  public void close() {
    closed = true;
    generator.free();
  }
}
