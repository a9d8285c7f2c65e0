package deepseek.models.encoder;

import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The functions known here, by their classes in PyTorch; each with its defaults there. */
enum TorchFunction {
  IDENTITY("linear.Identity", x -> x),
  TANH("activation.Tanh", Tensor::tanh),
  RELU("activation.ReLU", Tensor::relu),
  GELU("activation.GELU", Tensor::gelu),
  SILU("activation.SiLU", Tensor::silu),
  SIGMOID("activation.Sigmoid", Tensor::sigmoid);

  private final String className;
  private final UnaryOperator<Tensor> operation;

  TorchFunction(String name, UnaryOperator<Tensor> operation) {
    this.className = "torch.nn.modules." + name;
    this.operation = operation;
  }

  /** What a field names, if it is there. */
  static Optional<TorchFunction> read(ConfigJson config, String field) {
    return config.optionalText(field).map(name -> named(config, field, name));
  }

  private static TorchFunction named(ConfigJson config, String field, String name) {
    List<TorchFunction> all = Arrays.asList(values());
    return all.stream()
        .filter(function -> function.className.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                config.wrong(
                    field,
                    "one of " + String.join(", ", all.stream().map(f -> f.className).toList()),
                    "'" + name + "'",
                    "choose a model with one of these"));
  }

  Tensor apply(Tensor x) {
    return operation.apply(x);
  }
}
