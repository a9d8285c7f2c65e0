package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.PackedLayout;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.nn.Parameters;
import deepseek.store.MappedTensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** A checkpoint as the parameters of layers, in one dtype on one device. */
public final class WeightParameters implements Parameters {
  // What comes with, or in place of, a weight that was packed by GPTQ, AWQ, compressed-tensors,
  // bitsandbytes or FP8. Read as plain numbers such a weight would give nonsense.
  private static final List<String> PACKED =
      List.of(
          "qweight", "weight_packed", "weight_scale", "weight_scale_inv", "weight.absmax", "SCB");

  private static final long COMPARED_ROWS = 1024;

  private final Weights weights;
  private final DType dtype;
  private final Device device;
  private final Optional<PackedWeights> packed;
  private final Set<String> taken = new HashSet<>();
  private boolean complete;

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
   * Those of a model that reads whole texts: in float32 unless another dtype is asked for, and
   * packed in memory as the options say.
   */
  public static WeightParameters ofEncoder(Checkpoint checkpoint, ModelOptions options) {
    QuantizationConfig quantization = options.chosenQuantization();
    Optional<PackedWeights> packed =
        quantization.packs()
            ? Optional.of(
                new PackedWeights(
                    new Packer(checkpoint.weights(), quantization), /* kept= */ Optional.empty()))
            : Optional.empty();
    return new WeightParameters(
        checkpoint.weights(), options.dtype().orElse(DType.FLOAT32), options.device(), packed);
  }

  /**
   * The weights of a language model as its config.json describes them: experts one by one,
   * unpacked, of a multimodal model the text part, and named from {@code model.} on. Takes {@code
   * stored} over, also when this fails.
   */
  public static Weights described(ConfigJson config, Weights stored) {
    try {
      Weights single = StackedExpertWeights.of(config, stored);
      Weights plain = Quantization.read(config).unpacked(single);
      return RenamedWeights.ofDecoder(config, plain);
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
    taken.add(name);
    QTensor weight = packed.get().take(name, layout.get());
    weights.release(List.of(name)); // the file's pages have been read for the last time
    return weight;
  }

  @Override
  public boolean same(String name, String other) {
    WeightInfo info = weights.info(name);
    WeightInfo otherInfo = weights.info(other);
    if (!info.shape().equals(otherInfo.shape())) {
      return false;
    }
    try (Scope scope = Scope.open()) {
      boolean alike = info.dtype() == otherInfo.dtype() && sameBytes(name, other);
      return alike || sameRows(name, other);
    } finally {
      weights.release(List.of(name, other));
    }
  }

  private boolean sameBytes(String name, String other) {
    Tensor a = weights.load(name);
    Tensor b = weights.load(other);
    return a.isContiguous()
        && b.isContiguous()
        && MappedTensor.memory(a).mismatch(MappedTensor.memory(b)) < 0;
  }

  /** Some rows at a time, so that no copy of a table is made. */
  private boolean sameRows(String name, String other) {
    Tensor a = weights.load(name);
    Tensor b = weights.load(other);
    long rows = a.rank() == 0 ? 0 : a.size(0);
    for (long from = 0; from < rows; from += COMPARED_ROWS) {
      try (Scope scope = Scope.open()) {
        long count = Math.min(COMPARED_ROWS, rows - from);
        Tensor some = a.narrow(0, from, count).to(DType.FLOAT32);
        Tensor others = b.narrow(0, from, count).to(DType.FLOAT32);
        if (some.eq(others).all().to(DType.INT64).itemLong() == 0) {
          return false;
        }
      }
    }
    return rows > 0;
  }

  @Override
  public void complete(Predicate<String> spare) {
    if (complete) {
      return;
    }
    List<String> left =
        weights.names().stream()
            .filter(name -> !taken.contains(name) && !spare.test(name))
            .toList();
    if (!left.isEmpty()) {
      throw new ModelException(
          "build the model",
          "a layer for each tensor of the checkpoint",
          "none that takes '"
              + left.getFirst()
              + "'"
              + (left.size() > 1 ? " and " + (left.size() - 1) + " more" : ""),
          "use config and weights of one model; without these tensors it would be another");
    }
    complete = true;
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
    taken.add(name);
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
