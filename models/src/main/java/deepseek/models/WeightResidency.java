package deepseek.models;

import deepseek.compute.DType;
import deepseek.models.decoder.Residency;
import deepseek.store.Weights;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Residency over a checkpoint's files: pages are read ahead and given back to the system. */
final class WeightResidency implements Residency {
  private final Weights weights;
  private final DType dtype;
  private final OptionalLong budget;
  private final Optional<PackedWeights> packed;

  WeightResidency(
      Weights weights, DType dtype, OptionalLong budget, Optional<PackedWeights> packed) {
    this.packed = packed;
    this.weights = weights;
    this.dtype = dtype;
    this.budget = budget;
  }

  @Override
  public OptionalLong budget() {
    return budget;
  }

  @Override
  public long bytes(String prefix) {
    return names(prefix).stream()
        .mapToLong(name -> weights.info(name).elements() * dtype.byteSize())
        .sum();
  }

  @Override
  public void prefetch(String prefix) {
    weights.prefetch(names(prefix));
  }

  @Override
  public void release(String prefix) {
    weights.release(names(prefix));
  }

  private List<String> names(String prefix) {
    return weights.names().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  @Override
  public void close() {
    packed.ifPresent(PackedWeights::close);
    weights.close();
  }
}
