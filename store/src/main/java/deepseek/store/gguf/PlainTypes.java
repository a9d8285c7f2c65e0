package deepseek.store.gguf;

import deepseek.GgmlType;
import deepseek.compute.DType;
import java.util.Map;
import java.util.Optional;

/** The GGML types whose elements are those of a tensor. */
final class PlainTypes {
  private static final Map<GgmlType, DType> PLAIN =
      Map.of(
          GgmlType.F32, DType.FLOAT32,
          GgmlType.F16, DType.FLOAT16,
          GgmlType.I8, DType.INT8,
          GgmlType.I16, DType.INT16,
          GgmlType.I32, DType.INT32,
          GgmlType.I64, DType.INT64,
          GgmlType.F64, DType.FLOAT64,
          GgmlType.BF16, DType.BFLOAT16);

  private PlainTypes() {}

  /** The element type of a plain type; empty for blocks. */
  static Optional<DType> of(GgmlType type) {
    return Optional.ofNullable(PLAIN.get(type));
  }
}
