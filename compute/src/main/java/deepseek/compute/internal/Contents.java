package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.lang.foreign.MemorySegment;

/** What a tensor consists of: memory that libtorch has not seen yet, or a libtorch tensor. */
public sealed interface Contents permits HostTensor, NativeTensor {
  long[] shape();

  int rank();

  /** Size along a dim from 0. */
  long size(int dim);

  long numel();

  DType dtype();

  Device device();

  boolean isContiguous();

  /** Of the first element. */
  long address();

  /** All elements of a contiguous CPU tensor. */
  MemorySegment memory();

  boolean requiresGrad();

  /** Drops this reference; the memory goes with the last one. */
  void free();
}
