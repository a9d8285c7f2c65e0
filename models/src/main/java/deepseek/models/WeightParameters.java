package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.PackedLayout;
import deepseek.compute.QTensor;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.nn.Parameters;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A checkpoint as the parameters of layers, in one dtype on one device. */
public final class WeightParameters implements Parameters {
  // What stands beside, or in place of, a weight that was packed by GPTQ, AWQ, compressed-tensors,
  // bitsandbytes or FP8. Read as plain numbers such a weight would give nonsense.
  private static final List<String> PACKED =
      List.of(
          "qweight", "weight_packed", "weight_scale", "weight_scale_inv", "weight.absmax", "SCB");

  private final Weights weights;
  private final DType dtype;
  private final Device device;
  private final Optional<PackedWeights> packed;

  /** Plain weights in one dtype. */
  public WeightParameters(Weights weights, DType dtype, Device device) {
    this(weights, dtype, device, Optional.empty());
  }

  /** Plain ones, and packed ones where there are. */
  WeightParameters(Weights weights, DType dtype, Device device, Optional<PackedWeights> packed) {
    this.weights = weights;
    this.dtype = dtype;
    this.device = device;
    this.packed = packed;
  }

  /**
   * The weights of a language model as its config.json describes them: experts one by one,
   * unpacked, and of a multimodal model the text part. Takes {@code stored} over, also when this
   * fails.
   */
  public static Weights described(ConfigJson config, Weights stored) {
    try {
      Weights single = StackedExpertWeights.of(config, stored);
      Weights plain = Quantization.read(config).unpacked(single);
      return config.has("text_config") ? new TextPartWeights(plain) : plain;
    } catch (ModelException e) {
      stored.close();
      throw e;
    }
  }

  @Override
  public boolean contains(String name) {
    return weights.names().contains(name);
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Weight weight(String name, long out, long in) {
    if (packed.isEmpty() || !QTensor.isSupported() || !contains(name)) {
      return Parameters.super.weight(name, out, in);
    }
    Optional<PackedLayout> layout = packed.get().layout(name);
    if (layout.isEmpty()) {
      return Parameters.super.weight(name, out, in);
    }
    refusePacked(name);
    requireShape(name, out, in);
    QTensor weight = packed.get().take(name, layout.get());
    weights.release(List.of(name)); // the file's pages have been read for the last time
    return weight;
  }

  @Override
  public void complete() {
    packed.ifPresent(PackedWeights::complete);
  }

  @Override
  public Tensor get(String name, long... shape) {
    return get(name, dtype, shape);
  }

  @Override
  public Tensor get(String name, DType type, long... shape) {
    refusePacked(name);
    requireShape(name, shape);
    return weights.load(name, type, device);
  }

  private void requireShape(String name, long... shape) {
    WeightInfo info = weights.info(name);
    if (!Arrays.equals(info.dims(), shape)) {
      throw new ModelException(
          "load '" + name + "'",
          "shape " + Arrays.toString(shape) + " as the config says",
          info.shape().toString(),
          "use config and weights of one model");
    }
  }

  private void refusePacked(String name) {
    if (!name.endsWith(".weight")) {
      return;
    }
    String stem = name.substring(0, name.length() - "weight".length());
    for (String kind : PACKED) {
      if (contains(stem + kind)) {
        throw new ModelException(
            "load '" + name + "'",
            "plain numbers, or FP8 blocks that quantization_config describes",
            "packed ones, with '" + stem + kind + "'",
            "use the unquantised model or a GGUF file of it");
      }
    }
  }
}
