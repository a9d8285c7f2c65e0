package deepseek.devices.ir;

/** The type of an expression. Buffers hold the first three, which are 32 bits wide. */
public enum ScalarType {
  I32,
  U32,
  F32,
  BOOL;

  /** Whether this is a signed or unsigned integer type. */
  public boolean isInteger() {
    return this == I32 || this == U32;
  }

  /** Whether values of this type can be stored in a buffer. */
  public boolean isWord() {
    return this != BOOL;
  }
}
