package deepseek.store;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.Mapping;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Elements in a mapped file in the layout of a tensor, row-major and little-endian.
 *
 * @param offset bytes from the start of the file
 */
public record MappedTensor(Mapping mapping, long offset, DType dtype, List<Long> shape) {
  public MappedTensor {
    shape = List.copyOf(shape);
  }

  /** Loads it in its stored type, on the CPU. */
  public Tensor load() {
    return load(dtype, Device.CPU);
  }

  /** Loads it like {@link Weights#load}. */
  public Tensor load(DType wanted, Device device) {
    if (wanted == dtype && device.type() == Device.Type.CPU) {
      return view();
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(view().to(wanted).to(device));
    }
  }

  /** A view of the file, or a copy if the address isn't aligned for a tensor. */
  private Tensor view() {
    long[] dims = shape.stream().mapToLong(Long::longValue).toArray();
    long bytes = dtype.byteSize();
    for (long size : dims) {
      bytes = Math.multiplyExact(bytes, size);
    }
    if (bytes == 0) {
      return Tensor.empty(dtype, Device.CPU, dims);
    }
    MemorySegment data = mapping.segment().asSlice(offset, bytes);
    if (data.address() % dtype.byteSize() == 0) {
      return over(data, dims);
    }
    Tensor copy = Tensor.empty(dtype, Device.CPU, dims);
    memory(copy).copyFrom(data);
    return copy;
  }

  /** A tensor on the file's bytes, which stay mapped as long as it is open. */
  private Tensor over(MemorySegment data, long[] dims) {
    Runnable end = mapping.share();
    try {
      return Tensor.ofSegment(data, dtype, dims, end);
    } catch (RuntimeException e) {
      end.run();
      throw e;
    }
  }

  /** The memory of a contiguous CPU tensor; valid while the tensor is open. */
  public static MemorySegment memory(Tensor tensor) {
    return MemorySegment.ofAddress(tensor.dataAddress())
        .reinterpret(tensor.numel() * tensor.dtype().byteSize());
  }
}
