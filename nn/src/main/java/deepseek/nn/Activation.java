package deepseek.nn;

import deepseek.compute.PlanRefusedException;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.Gate;
import org.jspecify.annotations.Nullable;

/** Pointwise non-linearities by the names that config.json files use. */
public enum Activation {
  SILU("silu", Gate.SILU),
  GELU("gelu", Gate.GELU),
  GELU_TANH("gelu_pytorch_tanh", Gate.GELU_TANH),
  /** {@code x sigmoid(1.702 x)}. */
  QUICK_GELU("quick_gelu", null),
  RELU("relu", Gate.RELU),
  /** The square of RELU. */
  RELU_SQUARED("relu2", null);

  private final String configName;
  private final @Nullable Gate gate;

  Activation(String configName, @Nullable Gate gate) {
    this.configName = configName;
    this.gate = gate;
  }

  /** Reads what {@code field} of config.json says, {@code hidden_act} or its like. */
  public static Activation ofName(String field, String name) {
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu", "gelu_python" -> GELU;
      case "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_new", "gelu_fast", "gelu_accurate" ->
          GELU_TANH;
      case "quick_gelu" -> QUICK_GELU;
      case "relu" -> RELU;
      case "relu2" -> RELU_SQUARED;
      default ->
          throw new NnException(
              "read activation",
              field
                  + " to be silu, gelu, gelu_pytorch_tanh, quick_gelu, relu, relu2 or another"
                  + " name of these",
              "'" + name + "'",
              "choose a model with one of them");
    };
  }

  /** The name that {@link #ofName} reads and Hugging Face knows. */
  public String configName() {
    return configName;
  }

  /**
   * The kernels' code for it.
   *
   * @throws PlanRefusedException if they have none
   */
  public Gate planned() {
    if (gate == null) {
      throw new PlanRefusedException("the activation " + configName);
    }
    return gate;
  }

  /** The non-linearity of each value; shape and type stay. */
  public Tensor apply(Tensor x) {
    return switch (this) {
      case SILU -> x.silu();
      case GELU -> x.gelu();
      case GELU_TANH -> x.geluTanh();
      case QUICK_GELU -> x.mul(x.mul(1.702).sigmoid());
      case RELU -> x.relu();
      case RELU_SQUARED -> x.relu().pow(2);
    };
  }
}
