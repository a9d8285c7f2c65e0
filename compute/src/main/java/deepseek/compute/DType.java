package deepseek.compute;

import java.util.Locale;

/** Element type of a tensor. Names are PyTorch's; sizes are in bytes. */
public enum DType {
  FLOAT64(8, true),
  FLOAT32(4, true),
  FLOAT16(2, true),
  BFLOAT16(2, true),
  FLOAT8_E4M3FN(1, true),
  FLOAT8_E5M2(1, true),
  INT64(8, false),
  INT32(4, false),
  INT16(2, false),
  INT8(1, false),
  UINT8(1, false),
  BOOL(1, false);

  private final int byteSize;
  private final boolean floatingPoint;

  DType(int byteSize, boolean floatingPoint) {
    this.byteSize = byteSize;
    this.floatingPoint = floatingPoint;
  }

  /** Bytes one element takes. */
  public int byteSize() {
    return byteSize;
  }

  /** Whether its values are floating-point numbers, which alone can have gradients. */
  public boolean isFloatingPoint() {
    return floatingPoint;
  }

  /** PyTorch's name, as {@code torch_dtype} in a config.json has it: {@code bfloat16}. */
  public String torchName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads PyTorch's name, with or without the {@code torch.} prefix. */
  public static DType ofTorchName(String name) {
    ComputeException.present("read dtype", "a name", name);
    String bare = name.startsWith("torch.") ? name.substring("torch.".length()) : name;
    for (DType type : values()) {
      if (type.torchName().equals(bare)) {
        return type;
      }
    }
    throw new ComputeException(
        "read dtype",
        "one of float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, int64, int32, "
            + "int16, int8, uint8, bool",
        "'" + name + "'",
        "use one of these names");
  }
}
