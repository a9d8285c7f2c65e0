package deepseek.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads a protocol buffer message in memory or a mapped file, field by field, with bounds checks.
 *
 * <p>Used instead of protobuf-java, which reads direct memory through {@code sun.misc.Unsafe}, for
 * which current JDKs print a warning, and is limited to 2 GiB.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
public final class ProtoCursor {
  /** A range of bytes of the file. */
  public record Range(long offset, long length) {}

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int MAX_TEXT = 1 << 16;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String operation;
  private final String kind;
  private final MemorySegment file;
  private final long end;
  private long position;
  private int field;
  private int wireType;

  /**
   * Reads the whole file as a message. {@code operation} and {@code kind}, such as {@code ONNX
   * model}, are used in error messages.
   */
  public ProtoCursor(String operation, String kind, MemorySegment file) {
    this(operation, kind, file, new Range(0, file.byteSize()));
  }

  /** Reads a message, or a range of packed numbers, in the file. */
  public ProtoCursor(String operation, String kind, MemorySegment file, Range range) {
    this.operation = operation;
    this.kind = kind;
    this.file = file;
    this.position = range.offset();
    this.end = range.offset() + range.length();
  }

  /**
   * Advances to the next field, whose value the caller must then read or skip; false at the end.
   *
   * @throws DataException if the bytes are no valid field
   */
  public boolean next() {
    if (position == end) {
      return false;
    }
    long tag = rawVarint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (tag >>> 32 != 0 || field == 0) {
      throw damaged("a field's tag", Long.toUnsignedString(tag));
    }
    return true;
  }

  /** The number of the field that {@link #next} moved to. */
  public int field() {
    return field;
  }

  /** Whether bytes are left in a range of packed numbers. */
  public boolean more() {
    return position < end;
  }

  /** Whether the value is length-delimited: a message, a string, bytes, or packed numbers. */
  public boolean isBytes() {
    return wireType == BYTES;
  }

  /**
   * Reads a varint field.
   *
   * @throws DataException if the field has another wire type
   */
  public long varint() {
    require(VARINT);
    return rawVarint();
  }

  /**
   * Reads a float field.
   *
   * @throws DataException if the field has another wire type
   */
  public float float32() {
    require(FIXED32);
    return Float.intBitsToFloat(file.get(INT, take(4)));
  }

  /** The range of a length-delimited value, which is skipped. */
  public Range range() {
    require(BYTES);
    long length = rawVarint();
    return new Range(take(length), length);
  }

  /** A cursor over a nested message, which is skipped here. */
  public ProtoCursor message() {
    return new ProtoCursor(operation, kind, file, range());
  }

  /** Reads a short string; invalid UTF-8 becomes U+FFFD. */
  public String text() {
    Range range = range();
    if (range.length() > MAX_TEXT) {
      throw damaged("a name below " + MAX_TEXT + " bytes", range.length() + " bytes");
    }
    byte[] utf8 = file.asSlice(range.offset(), range.length()).toArray(ValueLayout.JAVA_BYTE);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** Reads a field of bytes. */
  public byte[] bytes() {
    Range range = range();
    return file.asSlice(range.offset(), range.length()).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Skips the field's value. */
  public void skip() {
    switch (wireType) {
      case VARINT -> rawVarint();
      case FIXED64 -> take(8);
      case BYTES -> range();
      case FIXED32 -> take(4);
      default -> throw damaged("a wire type of 0, 1, 2 or 5", String.valueOf(wireType));
    }
  }

  /** Reads a varint without checking the field's wire type, as in ranges of packed numbers. */
  public long rawVarint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = file.get(ValueLayout.JAVA_BYTE, take(1));
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged("a number of at most 10 bytes", "a longer one at offset " + position);
  }

  private void require(int expected) {
    if (wireType != expected) {
      throw damaged("wire type " + expected + " in field " + field, String.valueOf(wireType));
    }
  }

  private long take(long bytes) {
    if (bytes < 0 || bytes > end - position) {
      throw damaged(
          Long.toUnsignedString(bytes) + " more bytes at offset " + position,
          end - position + " until the end of the message");
    }
    long start = position;
    position += bytes;
    return start;
  }

  /** The error for a malformed message. */
  public DataException damaged(String expected, String got) {
    return new DataException(
        operation,
        expected,
        got,
        "the file is damaged, cut short or no " + kind + ": fetch or export it again");
  }
}
