package deepseek.models.encoder;

import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A layer on a pooled vector: {@code f(W x + b)}, and {@code + x}, or {@code + R x} where lengths
 * differ, if the config asks for a residual.
 */
final class Dense extends Module {
  /** The functions known here, by their classes in PyTorch; each with its defaults there. */
  private enum Function {
    IDENTITY("torch.nn.modules.linear.Identity", x -> x),
    TANH("torch.nn.modules.activation.Tanh", Tensor::tanh),
    RELU("torch.nn.modules.activation.ReLU", Tensor::relu),
    GELU("torch.nn.modules.activation.GELU", Tensor::gelu),
    SILU("torch.nn.modules.activation.SiLU", Tensor::silu),
    SIGMOID("torch.nn.modules.activation.Sigmoid", Tensor::sigmoid);

    private final String className;
    private final UnaryOperator<Tensor> operation;

    Function(String className, UnaryOperator<Tensor> operation) {
      this.className = className;
      this.operation = operation;
    }

    static Function read(ConfigJson config) {
      String name = config.optionalText("activation_function").orElse(TANH.className);
      List<Function> all = Arrays.asList(values());
      return all.stream()
          .filter(function -> function.className.equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  config.wrong(
                      "activation_function",
                      "one of " + String.join(", ", all.stream().map(f -> f.className).toList()),
                      "'" + name + "'",
                      "choose a model with one of these"));
    }
  }

  private final int out;
  private final Function function;
  private final Linear linear;
  private final boolean residual;
  private final Optional<Linear> projection;

  private Dense(ConfigJson config, int in, Parameters p) {
    this.out = config.size("out_features");
    this.function = Function.read(config);
    boolean biased = config.flagOr("bias", true);
    this.linear = child("linear", Linear.of(p.at("linear"), in, out, Linear.Bias.when(biased)));
    this.residual = config.flagOr("use_residual", false);
    this.projection =
        residual && in != out
            ? Optional.of(child("residual", Linear.of(p.at("residual"), in, out)))
            : Optional.empty();
  }

  /** {@code in} is the length of the vectors that come. */
  static Dense of(ConfigJson config, int in, Parameters p) {
    if (config.size("in_features") != in) {
      throw config.wrong(
          "in_features",
          in + ", as the vectors before it have",
          Integer.toString(config.size("in_features")),
          "use the modules of one model");
    }
    return new Dense(config, in, p);
  }

  int out() {
    return out;
  }

  Tensor forward(Tensor x) {
    Tensor y = function.operation.apply(linear.forward(x));
    return residual ? y.add(projection.map(p -> p.forward(x)).orElse(x)) : y;
  }
}
