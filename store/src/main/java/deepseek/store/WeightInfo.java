package deepseek.store;

import deepseek.compute.DType;
import java.util.List;

/**
 * Metadata of a tensor in a file, available without reading its values.
 *
 * @param storedType the format's own name of the element type: {@code BF16}, {@code Q4_K}
 * @param dtype the type to which {@link Weights#load} converts with the least loss
 * @param shape sizes from the slowest to the fastest dimension, as in PyTorch
 * @param byteSize bytes of the tensor in the file
 */
public record WeightInfo(
    String name, String storedType, DType dtype, List<Long> shape, long byteSize) {

  public WeightInfo {
    shape = List.copyOf(shape);
  }

  /** The same tensor under another name. */
  public WeightInfo named(String newName) {
    return new WeightInfo(newName, storedType, dtype, shape, byteSize);
  }

  /** The shape as a new array. */
  public long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of elements, 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  /**
   * Number of elements of an untrusted shape.
   *
   * @throws ArithmeticException if their number or byte strides would overflow, even if one size is
   *     0
   */
  public static long elements(List<Long> shape) {
    long strides = Long.BYTES;
    long elements = 1;
    for (long size : shape) {
      strides = Math.multiplyExact(strides, Math.max(1, size));
      elements *= size;
    }
    return elements;
  }
}
