package deepseek.store.onnx;

import deepseek.compute.DType;
import java.util.Arrays;
import java.util.Optional;

/** The supported element types of ONNX tensors, with their numbers in files. */
enum OnnxType {
  FLOAT(1, DType.FLOAT32),
  UINT8(2, DType.UINT8),
  INT8(3, DType.INT8),
  INT16(5, DType.INT16),
  INT32(6, DType.INT32),
  INT64(7, DType.INT64),
  BOOL(9, DType.BOOL),
  FLOAT16(10, DType.FLOAT16),
  DOUBLE(11, DType.FLOAT64),
  BFLOAT16(16, DType.BFLOAT16),
  FLOAT8E4M3FN(17, DType.FLOAT8_E4M3FN),
  FLOAT8E5M2(19, DType.FLOAT8_E5M2);

  private final int id;
  private final DType dtype;

  OnnxType(int id, DType dtype) {
    this.id = id;
    this.dtype = dtype;
  }

  DType dtype() {
    return dtype;
  }

  static Optional<OnnxType> ofId(long id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }
}
