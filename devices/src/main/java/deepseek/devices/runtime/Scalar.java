package deepseek.devices.runtime;

import deepseek.devices.ir.ScalarType;

/** The value of a parameter, as 32 bits. */
public record Scalar(ScalarType type, int bits) implements LaunchArgument {
  /** An I32 value. */
  public static Scalar of(int value) {
    return new Scalar(ScalarType.I32, value);
  }

  /** An F32 value. */
  public static Scalar of(float value) {
    return new Scalar(ScalarType.F32, Float.floatToRawIntBits(value));
  }
}
