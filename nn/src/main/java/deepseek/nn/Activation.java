package deepseek.nn;

import deepseek.compute.Tensor;

/** Pointwise non-linearities by the names that config.json files use. */
public enum Activation {
  SILU,
  GELU,
  GELU_TANH,
  RELU;

  /** Reads {@code hidden_act} or {@code hidden_activation}. */
  public static Activation ofName(String name) {
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu" -> GELU;
      case "gelu_pytorch_tanh", "gelu_new", "gelu_fast" -> GELU_TANH;
      case "relu" -> RELU;
      default ->
          throw new NnException(
              "read activation",
              "silu, swish, gelu, gelu_pytorch_tanh, gelu_new, gelu_fast or relu",
              "'" + name + "'",
              "check hidden_act in config.json");
    };
  }

  /** The name that {@link #ofName} reads and Hugging Face knows. */
  public String configName() {
    return switch (this) {
      case SILU -> "silu";
      case GELU -> "gelu";
      case GELU_TANH -> "gelu_pytorch_tanh";
      case RELU -> "relu";
    };
  }

  public Tensor apply(Tensor x) {
    return switch (this) {
      case SILU -> x.silu();
      case GELU -> x.gelu();
      case GELU_TANH -> x.geluTanh();
      case RELU -> x.relu();
    };
  }
}
