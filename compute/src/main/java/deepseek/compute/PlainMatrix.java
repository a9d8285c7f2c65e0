package deepseek.compute;

import deepseek.GgmlType;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.MemorySegment;

/**
 * A tensor [out, in] of floating-point numbers that lies row by row on the CPU, as packers read it.
 *
 * @param values what {@code rows} holds, for threads that may not touch tensors
 */
record PlainMatrix(
    Tensor rows, WeightFormat format, CpuKernels.UnpackedWeight stored, MemorySegment values) {
  /**
   * The same values, without gaps and on the CPU.
   *
   * @param operation what a complaint begins with
   */
  static PlainMatrix of(String operation, Tensor weight) {
    ComputeException.present(operation, "a tensor [out, in]", weight);
    if (weight.rank() != 2 || weight.numel() == 0) {
      throw new ComputeException(operation, "shape [out, in]", weight.toString(), "reshape it");
    }
    return switch (weight.dtype()) {
      case FLOAT32 -> of(operation, weight, WeightFormat.F32, GgmlType.F32);
      case FLOAT16 -> of(operation, weight, WeightFormat.F16, GgmlType.F16);
      case BFLOAT16 -> of(operation, weight, WeightFormat.BF16, GgmlType.BF16);
      default ->
          throw new ComputeException(
              operation, "float32, float16 or bfloat16", weight.toString(), "convert it first");
    };
  }

  private static PlainMatrix of(
      String operation, Tensor weight, WeightFormat format, GgmlType type) {
    Tensor rows = weight.to(Device.CPU).contiguous();
    MemorySegment values = rows.memory(operation);
    long in = rows.size(1);
    CpuKernels.UnpackedWeight stored =
        new CpuKernels.UnpackedWeight(
            type, values.address(), in * rows.dtype().byteSize(), in, rows.size(0), /* order= */ 0);
    return new PlainMatrix(rows, format, stored, values);
  }

  long out() {
    return stored.out();
  }

  long in() {
    return stored.in();
  }
}
