package deepseek.compute;

/**
 * The rows of a matrix that only the kernels can read, as FLOAT32 [rows, width].
 *
 * @param holder of the matrix's bytes
 */
record UnpackedRows(Tensor holder, long rows, long width, Reader reader) {
  /** Writes a row as FP32 [width] to an address. */
  interface Reader {
    void read(long row, long to);
  }

  Tensor all() {
    holder.look("unpack a weight");
    Tensor y = Tensor.empty(DType.FLOAT32, Device.CPU, rows, width);
    long at = y.dataAddress();
    for (long row = 0; row < rows; row++) {
      reader.read(row, at + row * width * Float.BYTES);
    }
    return y;
  }

  /** Those of ids [..] INT64: [.., width]. */
  Tensor of(Tensor ids, DType dtype) {
    holder.look("embedding");
    ComputeException.present("embedding", "ids", ids);
    if (ids.dtype().isFloatingPoint() || ids.dtype() == DType.BOOL) {
      throw OpFailure.refuse("embedding", ids);
    }
    try (Scope scope = Scope.open()) {
      long[] wanted = ids.toLongs();
      Tensor y = Tensor.empty(DType.FLOAT32, Device.CPU, wanted.length, width);
      long at = y.dataAddress();
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i] < 0 || wanted[i] >= rows) {
          throw new ComputeException(
              "embedding", "ids below " + rows, String.valueOf(wanted[i]), "check the tokenizer");
        }
        reader.read(wanted[i], at + i * width * Float.BYTES);
      }
      long[] shape = new long[ids.rank() + 1];
      System.arraycopy(ids.shape(), 0, shape, 0, ids.rank());
      shape[ids.rank()] = width;
      return scope.keep(y.to(dtype).reshape(shape));
    }
  }
}
