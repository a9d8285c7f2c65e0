package deepseek.kernel.cpu;

/** The activation function of a gate; an {@code enum} in step.h. */
public enum Gate {
  SILU,
  GELU,
  GELU_TANH,
  RELU
}
