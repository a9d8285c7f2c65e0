package deepseek.models;

import deepseek.compute.PackedLayout;
import deepseek.compute.Packing;
import deepseek.compute.QTensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Optional;

/** Which of a checkpoint's matrices are packed, and how. */
record Packer(Weights weights, QuantizationConfig quantization) {
  /** Empty for what stays plain. */
  Optional<PackedLayout> layout(String name) {
    WeightInfo info = weights.info(name);
    if (!quantization.packs() || info.shape().size() != 2) {
      return Optional.empty();
    }
    return stored(name)
        .flatMap(s -> PackedLayout.ofStored(s.type(), s.out(), s.in()))
        .or(
            () ->
                quantization
                    .bits(name)
                    .map(
                        bits ->
                            PackedLayout.ofRounded(
                                bits, info.shape().getFirst(), info.shape().getLast())));
  }

  /** For a name with a layout; what it reads from is in the innermost scope. */
  Packing packing(String name) {
    Optional<QTensor.GgmlMatrix> stored = stored(name);
    return stored.isPresent()
        ? Packing.of(stored.get())
        : Packing.rounding(weights.load(name), quantization.bits(name).orElseThrow());
  }

  private Optional<QTensor.GgmlMatrix> stored(String name) {
    return weights.stored(name).filter(s -> QTensor.packs(s.type()));
  }
}
