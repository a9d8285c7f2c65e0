package deepseek.devices.ir;

/** What a value is. Buffers hold the first three, all of them words of 32 bits. */
public enum ScalarType {
  I32,
  U32,
  F32,
  BOOL;

  public boolean isInteger() {
    return this == I32 || this == U32;
  }

  /** Whether values of this type can be stored in a buffer. */
  public boolean isWord() {
    return this != BOOL;
  }
}
