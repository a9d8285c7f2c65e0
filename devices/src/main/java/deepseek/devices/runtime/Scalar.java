package deepseek.devices.runtime;

import deepseek.devices.ir.ScalarType;

/** A number for a parameter, as the 32 bits it is passed in. */
public record Scalar(ScalarType type, int bits) implements LaunchArgument {
  public static Scalar of(int value) {
    return new Scalar(ScalarType.I32, value);
  }

  public static Scalar of(float value) {
    return new Scalar(ScalarType.F32, Float.floatToRawIntBits(value));
  }
}
