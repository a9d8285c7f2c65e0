package deepseek.kernel.cpu;

/** What a product is passed through before it gates another; the {@code enum} of step.h. */
public enum Gate {
  SILU,
  GELU,
  GELU_TANH,
  RELU
}
