package deepseek.store;

import deepseek.compute.DType;
import java.util.List;

/**
 * What a file says about one tensor, known without reading its values.
 *
 * @param storedType the format's own name of the element type: {@code BF16}, {@code Q4_K}
 * @param dtype the type that {@link Weights#load} gives with the least conversion
 * @param shape sizes from the slowest to the fastest running dimension, as PyTorch prints them
 * @param byteSize bytes the tensor takes in the file
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

  /** The shape as a fresh array. */
  public long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of elements, 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  /**
   * Number of elements of a shape out of a file.
   *
   * @throws ArithmeticException if counting them, or the bytes between them, would overflow, even
   *     where another size is 0
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
