package deepseek.store.safetensors;

import deepseek.compute.DType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Element types of the format, in its own order, in which tensors are also written. */
enum SafetensorsType {
  BOOL(8, DType.BOOL),
  F4(4, null),
  F6_E2M3(6, null),
  F6_E3M2(6, null),
  U8(8, DType.UINT8),
  I8(8, DType.INT8),
  F8_E5M2(8, DType.FLOAT8_E5M2),
  F8_E4M3(8, DType.FLOAT8_E4M3FN),
  F8_E8M0(8, null),
  F8_E4M3FNUZ(8, null),
  F8_E5M2FNUZ(8, null),
  I16(16, DType.INT16),
  U16(16, null),
  F16(16, DType.FLOAT16),
  BF16(16, DType.BFLOAT16),
  I32(32, DType.INT32),
  U32(32, null),
  F32(32, DType.FLOAT32),
  C64(64, null),
  F64(64, DType.FLOAT64),
  I64(64, DType.INT64),
  U64(64, null);

  private final int bits;
  private final @Nullable DType dtype;

  SafetensorsType(int bits, @Nullable DType dtype) {
    this.bits = bits;
    this.dtype = dtype;
  }

  int bits() {
    return bits;
  }

  /** The tensor type; empty if it is unsupported. */
  Optional<DType> dtype() {
    return Optional.ofNullable(dtype);
  }

  static Optional<SafetensorsType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  static SafetensorsType of(DType dtype) {
    return Arrays.stream(values())
        .filter(type -> type.dtype == dtype)
        .findFirst()
        .orElseThrow(() -> new AssertionError(dtype));
  }

  /** The supported types, for error messages. */
  static String loadable() {
    return Arrays.stream(values())
        .filter(type -> type.dtype != null)
        .map(Enum::name)
        .collect(Collectors.joining(", "));
  }
}
