package deepseek.compute;

import java.util.Optional;

/**
 * What tensors have to be before the kernels are given their memory: kernels know addresses alone,
 * of the CPU's memory, and libtorch learns nothing of what they do.
 */
final class KernelInput {
  private KernelInput() {}

  /** Throws unless x is [.., width] on the CPU, and no gradient has to go through it. */
  static void require(String operation, Tensor x, long width) {
    if (x.rank() < 1 || x.size(-1) != width) {
      throw new ComputeException(
          operation, "x [.., " + width + "]", x.toString(), "check the layer's sizes");
    }
    requireOnCpu(operation, x.device());
    requireNoGradient(operation, x);
  }

  /** y [.., out] plus a bias [out], which must not be stretched to fit. */
  static Tensor biased(String operation, Tensor y, Optional<Tensor> bias) {
    if (bias.isEmpty()) {
      return y;
    }
    Tensor b = bias.get();
    if (b.rank() != 1 || b.size(0) != y.size(-1)) {
      throw new ComputeException(
          operation, "bias [" + y.size(-1) + "]", b.toString(), "check the layer's sizes");
    }
    return y.add(b.to(y.dtype()));
  }

  /** Throws for another device's addresses. */
  static void requireOnCpu(String operation, Device device) {
    if (device.type() != Device.Type.CPU) {
      throw new ComputeException(
          operation,
          "a tensor on the CPU",
          "one on " + device,
          "move it there with to(Device.CPU)");
    }
  }

  /** Throws where what comes of x should pass gradients on to it, which the kernels don't do. */
  static void requireNoGradient(String operation, Tensor x) {
    if (isDifferentiated(x)) {
      throw new ComputeException(
          operation,
          "a tensor without gradients, which this product doesn't have",
          x.describe() + " that requires them",
          "detach it, enter InferenceMode, or use a plain weight");
    }
  }

  /** Whether what is done to x now has to be part of a backward pass. */
  static boolean isDifferentiated(Tensor x) {
    return InferenceMode.isRecording() && x.requiresGrad();
  }
}
