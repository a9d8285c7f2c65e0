package deepseek.store.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes GGUF fields one by one, valid or not. */
final class GgufBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** A header of version 3. */
  static GgufBytes header(long tensors, long pairs) {
    return new GgufBytes().u32(GgufHeader.MAGIC).u32(3).u64(tensors).u64(pairs);
  }

  GgufBytes u8(int value) {
    bytes.write(value);
    return this;
  }

  GgufBytes u32(int value) {
    bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  GgufBytes u64(long value) {
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  GgufBytes text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  GgufBytes raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  /** A tensor's entry; sizes fastest first. */
  GgufBytes tensor(String name, int type, long offset, long... sizes) {
    text(name).u32(sizes.length);
    for (long size : sizes) {
      u64(size);
    }
    return u32(type).u64(offset);
  }

  /** Pads to 32 bytes and appends {@code count} zeros. */
  GgufBytes data(int count) {
    while (bytes.size() % 32 != 0) {
      bytes.write(0);
    }
    bytes.writeBytes(new byte[count]);
    return this;
  }

  /** Truncates to {@code length} bytes. */
  GgufBytes cut(int length) {
    byte[] kept = Arrays.copyOf(bytes.toByteArray(), length);
    bytes.reset();
    bytes.writeBytes(kept);
    return this;
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
