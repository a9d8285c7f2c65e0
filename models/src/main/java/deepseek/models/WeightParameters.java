package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.nn.Parameters;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Arrays;

/**
 * A checkpoint as the parameters of layers, in one dtype on one device. FP8 weights with a {@code
 * weight_scale_inv} beside them are multiplied out, block by block.
 */
public final class WeightParameters implements Parameters {
  private static final String SCALE = "_scale_inv";

  private final Weights weights;
  private final DType dtype;
  private final Device device;

  public WeightParameters(Weights weights, DType dtype, Device device) {
    this.weights = weights;
    this.dtype = dtype;
    this.device = device;
  }

  @Override
  public boolean contains(String name) {
    return weights.names().contains(name);
  }

  @Override
  public Tensor get(String name, long... shape) {
    return get(name, dtype, shape);
  }

  @Override
  public Tensor get(String name, DType type, long... shape) {
    WeightInfo info = weights.info(name);
    if (!Arrays.equals(info.dims(), shape)) {
      throw new ModelException(
          "load '" + name + "'",
          "shape " + Arrays.toString(shape) + " as the config says",
          info.shape().toString(),
          "use config and weights of one model");
    }
    return contains(name + SCALE) ? unscaled(name, type, shape) : weights.load(name, type, device);
  }

  /** Each block of the matrix has one factor; the blocks' size follows from the two shapes. */
  private Tensor unscaled(String name, DType type, long[] shape) {
    Tensor values = weights.load(name, DType.FLOAT32, device);
    Tensor scale = weights.load(name + SCALE, DType.FLOAT32, device);
    for (int dim = 0; dim < shape.length; dim++) {
      long blocks = scale.size(dim);
      long block = blockSize(shape[dim], blocks);
      scale = scale.repeatInterleave(block, dim).narrow(dim, 0, shape[dim]);
    }
    return values.mul(scale).to(type);
  }

  private static long blockSize(long size, long blocks) {
    long block = 1;
    while (block * blocks < size) {
      block *= 2; // published checkpoints use powers of two, 128 mostly
    }
    return block;
  }
}
