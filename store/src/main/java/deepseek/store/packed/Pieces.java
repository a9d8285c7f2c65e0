package deepseek.store.packed;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Checksums of pieces of 4 MiB, CRC-32C in eight hexadecimal digits each, computed by all cores
 * about as fast as memory can be read.
 */
final class Pieces {
  private static final long SIZE = 1 << 22;

  private Pieces() {}

  /** The concatenated checksums. */
  static String checksums(MemorySegment bytes) {
    return IntStream.range(0, Math.toIntExact(Math.ceilDiv(bytes.byteSize(), SIZE)))
        .parallel()
        .mapToObj(i -> checksum(bytes, i * SIZE))
        .collect(Collectors.joining());
  }

  private static String checksum(MemorySegment bytes, long at) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asSlice(at, Math.min(SIZE, bytes.byteSize() - at)).asByteBuffer());
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /** The length in characters of the checksums of {@code bytes} bytes. */
  static long length(long bytes) {
    return Math.ceilDiv(bytes, SIZE) * 8;
  }
}
