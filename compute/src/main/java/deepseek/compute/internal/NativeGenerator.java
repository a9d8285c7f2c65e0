package deepseek.compute.internal;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.global.torch;

/** One random stream of libtorch's CPU generator (Mersenne twister). */
public final class NativeGenerator {
  static {
    TorchRuntime.load();
  }

  private final Generator generator;

  public NativeGenerator(long seed) {
    this.generator = torch.make_generator_cpu(seed);
  }

  Generator torch() {
    return generator;
  }

  public void seed(long seed) {
    generator.set_current_seed(seed);
  }

  public void free() {
    generator.deallocate();
  }
}
