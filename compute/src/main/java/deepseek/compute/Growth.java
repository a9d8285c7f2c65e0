package deepseek.compute;

import java.lang.foreign.MemorySegment;

/** Copies of tensors with more room along a dim. */
final class Growth {
  private Growth() {}

  static Tensor of(Tensor from, int wanted, long size) {
    long[] shape = from.shape();
    int dim = wanted < 0 ? wanted + shape.length : wanted;
    if (dim < 0 || dim >= shape.length || size < shape[dim]) {
      throw new ComputeException(
          "grown",
          "a dim and at least its size",
          wanted + " and " + size + " of " + from.describe(),
          "dims count from 0, or from -1 backwards; narrow() makes tensors smaller");
    }
    long had = shape[dim];
    shape[dim] = size;
    try (Scope scope = Scope.open()) {
      Tensor to = Tensor.empty(from.dtype(), from.device(), shape);
      boolean isPlain = from.device().type() == Device.Type.CPU && from.isContiguous();
      if (isPlain && !KernelInput.isDifferentiated(from)) {
        copy(from, to, dim);
      } else {
        to.narrow(dim, 0, had).copyFrom(from);
      }
      return scope.keep(to);
    }
  }

  /** What follows {@code dim} lies in one piece in both. */
  private static void copy(Tensor from, Tensor to, int dim) {
    long pieces = 1;
    for (int i = 0; i < dim; i++) {
      pieces *= from.size(i);
    }
    MemorySegment source = from.memory("grow");
    MemorySegment target = to.memory("grow");
    if (pieces == 0 || source.byteSize() == 0) {
      return;
    }
    long piece = source.byteSize() / pieces;
    long apart = target.byteSize() / pieces;
    for (long i = 0; i < pieces; i++) {
      MemorySegment.copy(source, i * piece, target, i * apart, piece);
    }
  }
}
