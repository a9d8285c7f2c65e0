package deepseek.store.gguf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian fields inside a block. */
final class Bits {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Bits() {}

  static float half(byte[] in, int at) {
    return Float.float16ToFloat((short) SHORT.get(in, at));
  }

  static float single(byte[] in, int at) {
    return Float.intBitsToFloat(int32(in, at));
  }

  static int uint16(byte[] in, int at) {
    return (short) SHORT.get(in, at) & 0xFFFF;
  }

  static int int32(byte[] in, int at) {
    return (int) INT.get(in, at);
  }

  /** {@code width} bits of {@code value} from bit {@code shift} up. */
  static int field(int value, int shift, int width) {
    return (value >> shift) & ((1 << width) - 1);
  }

  static void putInt16(byte[] out, int at, short value) {
    SHORT.set(out, at, value);
  }

  static void putInt32(byte[] out, int at, int value) {
    INT.set(out, at, value);
  }
}
