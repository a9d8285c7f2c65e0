package deepseek.models.encoder;

import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import java.util.Optional;

/**
 * A layer on a pooled vector: {@code f(W x + b)}, and {@code + x}, or {@code + R x} where lengths
 * differ, if the config asks for a residual.
 */
final class Dense extends Module {
  private final int out;
  private final TorchFunction function;
  private final Linear linear;
  private final boolean residual;
  private final Optional<Linear> projection;

  private Dense(ConfigJson config, int in, Parameters p) {
    this.out = config.size("out_features");
    this.function = TorchFunction.read(config, "activation_function").orElse(TorchFunction.TANH);
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

  Tensor forward(Tensor xBD) {
    return RowByRow.of(xBD, this::row);
  }

  private Tensor row(Tensor x) {
    Tensor y = function.apply(linear.forward(x));
    return residual ? y.add(projection.map(p -> p.forward(x)).orElse(x)) : y;
  }
}
