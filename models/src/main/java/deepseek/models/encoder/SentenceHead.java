package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.WeightParameters;
import deepseek.nn.LayerNorm;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What is done to a pooled vector: [B, D] to [B, {@link #dim}], in float32. Owns its parameters.
 * What sentence-transformers drops out while it trains is kept here.
 */
final class SentenceHead extends Module {
  /** Keeps the zero vector from becoming NaN. */
  private static final double LEAST_LENGTH = 1e-12;

  private static final double NORM_EPS = 1e-5;
  private static final String VECTOR = "sentence_embedding";
  private static final String CONFIG = "config.json";

  private final List<UnaryOperator<Tensor>> steps = new ArrayList<>();
  private int dim;

  private SentenceHead(List<SentenceModules.Module> modules, int dim, Device device) {
    this.dim = dim;
    for (int i = 0; i < modules.size(); i++) {
      add(Integer.toString(i), modules.get(i), device);
    }
  }

  /** {@code dim} is the pooled vector's. */
  static SentenceHead open(List<SentenceModules.Module> modules, int dim, Device device) {
    return build(() -> new SentenceHead(modules, dim, device));
  }

  private void add(String name, SentenceModules.Module module, Device device) {
    Path folder = module.folder();
    switch (module.kind()) {
      case DENSE -> {
        ConfigJson config = SentenceSettings.object(folder.resolve(CONFIG));
        requireVector(config);
        Dense dense = child(name, loaded(folder, device, p -> Dense.of(config, dim, p)));
        dim = dense.out();
        steps.add(dense::forward);
      }
      case LAYER_NORM -> {
        LayerNorm norm =
            child(name, loaded(folder, device, p -> LayerNorm.of(p.at("norm"), dim, NORM_EPS)));
        steps.add(norm::forward);
      }
      case NORMALIZE -> {
        Path config = folder.resolve(CONFIG); // written since version 6
        if (Files.exists(config)) {
          requireVector(SentenceSettings.object(config));
        }
        steps.add(SentenceHead::ofLengthOne);
      }
      case DROPOUT -> {}
      case TRANSFORMER, POOLING -> throw new AssertionError(module.kind() + " comes first");
    }
  }

  private static <M extends Module> M loaded(
      Path folder, Device device, Function<Parameters, M> layer) {
    if (!SafetensorsCheckpoint.isIn(folder)) {
      throw new ModelException(
          "open " + folder,
          "its weights in model.safetensors",
          Files.exists(folder.resolve("pytorch_model.bin")) ? "a pickle" : "none",
          "save the model again with sentence-transformers: pickles are never read");
    }
    try (Weights weights = SafetensorsCheckpoint.open(folder)) {
      return layer.apply(new WeightParameters(weights, DType.FLOAT32, device));
    }
  }

  private static void requireVector(ConfigJson config) {
    config.requireText("module_input_name", VECTOR);
    config.requireText("module_output_name", VECTOR);
  }

  private static Tensor ofLengthOne(Tensor x) {
    return x.div(x.mul(x).sumKeepDim(1).sqrt().clampMin(LEAST_LENGTH));
  }

  /** Numbers in a vector at the end. */
  int dim() {
    return dim;
  }

  Tensor forward(Tensor pooledBD) {
    Tensor x = pooledBD;
    for (UnaryOperator<Tensor> step : steps) {
      x = step.apply(x);
    }
    return x;
  }
}
