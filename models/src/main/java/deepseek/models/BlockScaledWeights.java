package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Weights whose FP8 matrices come with a factor for each block: {@code w = q * scale}. */
final class BlockScaledWeights implements Weights {
  static final String SCALE = "_scale_inv";

  private final Weights packed;
  private final Quantization.BlockScaled blocks;
  private final Set<String> names = new LinkedHashSet<>();

  BlockScaledWeights(Weights packed, Quantization.BlockScaled blocks) {
    this.packed = packed;
    this.blocks = blocks;
    for (String name : packed.names()) {
      if (!name.endsWith(SCALE)) {
        names.add(name);
      }
    }
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(names);
  }

  private boolean isScaled(String name) {
    return packed.names().contains(name + SCALE);
  }

  @Override
  public WeightInfo info(String name) {
    WeightInfo stored = packed.info(name);
    return isScaled(name)
        ? new WeightInfo(
            name, stored.storedType(), DType.BFLOAT16, stored.shape(), stored.byteSize())
        : stored;
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    if (!isScaled(name)) {
      return packed.load(name, dtype, device);
    }
    WeightInfo matrix = packed.info(name);
    requireBlocks(matrix, packed.info(name + SCALE));
    try (var scope = Scope.open()) {
      Tensor values = packed.load(name, DType.FLOAT32, device);
      Tensor scale =
          packed
              .load(name + SCALE, DType.FLOAT32, device)
              .repeatInterleave(blocks.rows(), 0)
              .narrow(0, 0, values.size(0))
              .repeatInterleave(blocks.columns(), 1)
              .narrow(1, 0, values.size(1));
      return scope.keep(values.mul(scale).to(dtype));
    }
  }

  private void requireBlocks(WeightInfo matrix, WeightInfo scale) {
    List<Long> expected =
        matrix.shape().size() == 2
            ? List.of(
                Math.ceilDiv(matrix.shape().get(0), (long) blocks.rows()),
                Math.ceilDiv(matrix.shape().get(1), (long) blocks.columns()))
            : List.of();
    if (!scale.shape().equals(expected)) {
      throw new ModelException(
          "load '" + matrix.name() + "'",
          "a scale "
              + expected
              + " for "
              + matrix.shape()
              + " in blocks of "
              + blocks.rows()
              + "x"
              + blocks.columns(),
          scale.shape().toString(),
          "check weight_block_size in config.json");
    }
  }

  @Override
  public void prefetch(Collection<String> wanted) {
    packed.prefetch(withScales(wanted));
  }

  @Override
  public void release(Collection<String> wanted) {
    packed.release(withScales(wanted));
  }

  private List<String> withScales(Collection<String> wanted) {
    List<String> all = new ArrayList<>(wanted);
    wanted.stream().filter(this::isScaled).forEach(name -> all.add(name + SCALE));
    return all;
  }

  @Override
  public void close() {
    packed.close();
  }
}
