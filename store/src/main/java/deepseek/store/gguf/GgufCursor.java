package deepseek.store.gguf;

import deepseek.files.DataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads a header sequentially; every length is checked against the remaining bytes. */
final class GgufCursor {
  private static final int MAX_NAME = 65535;
  private static final int MAX_DEPTH = 4;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String operation;
  private final MemorySegment file;
  private long position;

  GgufCursor(String operation, MemorySegment file) {
    this.operation = operation;
    this.file = file;
  }

  String operation() {
    return operation;
  }

  long position() {
    return position;
  }

  /** The bytes from {@code start} to the current position. */
  MemorySegment since(long start) {
    return file.asSlice(start, position - start);
  }

  long size() {
    return file.byteSize();
  }

  long remaining() {
    return file.byteSize() - position;
  }

  /** Advances by {@code bytes} and returns where they start. */
  private long take(long bytes) {
    if (bytes < 0 || bytes > remaining()) {
      throw damaged(
          "%s more bytes at offset %d".formatted(Long.toUnsignedString(bytes), position),
          remaining() + " until the end of the file");
    }
    long start = position;
    position += bytes;
    return start;
  }

  private byte int8() {
    return file.get(ValueLayout.JAVA_BYTE, take(1));
  }

  private short int16() {
    return file.get(SHORT, take(2));
  }

  int int32() {
    return file.get(INT, take(4));
  }

  long int64() {
    return file.get(LONG, take(8));
  }

  private float float32() {
    return Float.intBitsToFloat(int32());
  }

  private double float64() {
    return Double.longBitsToDouble(int64());
  }

  private boolean bool() {
    byte value = int8();
    if (value != 0 && value != 1) {
      throw damaged("0 or 1 as a truth value", String.valueOf(value));
    }
    return value == 1;
  }

  /** A key or a tensor's name: not empty, not long, valid UTF-8. */
  String name(String what) {
    long length = int64();
    if (length < 1 || length > MAX_NAME) {
      throw damaged("a " + what + " of 1 to " + MAX_NAME + " bytes", Long.toUnsignedString(length));
    }
    byte[] bytes = bytes(length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw damaged("a " + what + " in UTF-8", "other bytes before offset " + position);
    }
  }

  /** A string value; tokens may contain invalid UTF-8, which decoders replace. */
  private String text() {
    long length = int64();
    return length == 0 ? "" : new String(bytes(length), StandardCharsets.UTF_8);
  }

  private byte[] bytes(long length) {
    if (length > Integer.MAX_VALUE - 8) {
      throw damaged("less than 2 GiB at once", Long.toUnsignedString(length) + " bytes");
    }
    long start = take(length);
    return file.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** A metadata value, preceded by its type. */
  Object value(String key) {
    return value(type(key), key, 0);
  }

  private GgufValueType type(String key) {
    int id = int32();
    return GgufValueType.ofId(id)
        .orElseThrow(
            () ->
                damaged(
                    "a value type from 0 to 12 for '" + key + "'", Integer.toUnsignedString(id)));
  }

  private Object value(GgufValueType type, String key, int depth) {
    return switch (type) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> whole(type);
      case UINT64 -> {
        long value = int64();
        yield value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
      }
      case FLOAT32 -> (double) float32();
      case FLOAT64 -> float64();
      case BOOL -> bool();
      case STRING -> text();
      case ARRAY -> array(key, depth + 1);
    };
  }

  long whole(GgufValueType type) {
    return switch (type) {
      case UINT8 -> int8() & 0xFF;
      case INT8 -> int8();
      case UINT16 -> int16() & 0xFFFF;
      case INT16 -> int16();
      case UINT32 -> int32() & 0xFFFFFFFFL;
      case INT32 -> int32();
      case UINT64, INT64 -> int64();
      case BOOL -> int8() & 0xFF;
      case FLOAT32, FLOAT64, STRING, ARRAY -> throw new AssertionError(type);
    };
  }

  private Object array(String key, int depth) {
    if (depth > MAX_DEPTH) {
      throw damaged("arrays nested at most " + MAX_DEPTH + " deep", "more in '" + key + "'");
    }
    GgufValueType type = type(key);
    long count = int64();
    if (count < 0 || count > remaining() / type.minBytes() || count > Integer.MAX_VALUE - 8) {
      throw damaged(
          "at most " + remaining() / type.minBytes() + " items in array '" + key + "'",
          Long.toUnsignedString(count));
    }
    int size = (int) count;
    return switch (type) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, BOOL -> {
        long bytes = (long) size * type.minBytes();
        yield new GgufMetadata.WholeList(type, bytes(bytes));
      }
      case FLOAT32 -> {
        long start = take(4L * size);
        yield file.asSlice(start, 4L * size).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      }
      case FLOAT64 -> {
        long start = take(8L * size);
        yield file.asSlice(start, 8L * size).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
      }
      case STRING -> texts(size);
      case ARRAY -> nested(key, size, depth);
    };
  }

  private GgufMetadata.TextList texts(int size) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(text());
    }
    return new GgufMetadata.TextList(Collections.unmodifiableList(values));
  }

  private List<Object> nested(String key, int size, int depth) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(array(key, depth + 1));
    }
    return Collections.unmodifiableList(values);
  }

  DataException damaged(String expected, String got) {
    return new DataException(
        operation, expected, got, "the file is damaged or cut short: fetch or export it again");
  }
}
