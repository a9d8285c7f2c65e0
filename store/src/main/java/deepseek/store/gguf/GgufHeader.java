package deepseek.store.gguf;

import deepseek.GgmlType;
import deepseek.files.DataException;
import deepseek.store.WeightInfo;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A validated header: metadata, and tensors that are inside the file and don't overlap.
 *
 * <pre>
 * "GGUF", version u32, tensors u64, pairs u64
 * pairs:   key, type u32, value
 * tensors: name, dims u32, sizes u64 (fastest first), type u32, offset u64 from the data's start
 * padding to general.alignment (32), data
 * </pre>
 *
 * @param tensors ordered by their position in the file
 */
record GgufHeader(GgufMetadata metadata, Map<String, Entry> tensors) {
  /** One tensor; sizes slowest first; {@code begin} counts from the start of the file. */
  record Entry(GgmlType type, List<Long> shape, long begin, long byteSize) {}

  static final int MAGIC = 0x46554747;
  static final String ALIGNMENT = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int MAX_DIMS = 4;
  private static final int MAX_ALIGNMENT = 1 << 20;

  static GgufHeader read(String fileName, MemorySegment file) {
    return new Reader(fileName, new GgufCursor("open " + fileName, file)).read();
  }

  private record Reader(String fileName, GgufCursor cursor) {
    GgufHeader read() {
      requireVersion();
      long tensorCount = cursor.int64();
      long pairCount = cursor.int64();
      requireCount("tensors", tensorCount, 24);
      requireCount("metadata pairs", pairCount, 13);
      Map<String, Object> pairs = new LinkedHashMap<>();
      Map<String, MemorySegment> stored = new LinkedHashMap<>();
      for (long i = 0; i < pairCount; i++) {
        String key = cursor.name("metadata key");
        long start = cursor.position();
        if (pairs.putIfAbsent(key, cursor.value(key)) != null) {
          throw damaged("each key once", "'" + key + "' twice");
        }
        stored.put(key, cursor.since(start));
      }
      GgufMetadata metadata =
          new GgufMetadata(fileName, Collections.unmodifiableMap(pairs), stored);
      Map<String, Entry> relative = new HashMap<>();
      for (long i = 0; i < tensorCount; i++) {
        String name = cursor.name("tensor name");
        if (relative.put(name, tensor(name)) != null) {
          throw damaged("each tensor once", "'" + name + "' twice");
        }
      }
      long alignment = alignment(metadata);
      long dataStart = (cursor.position() + alignment - 1) / alignment * alignment;
      return new GgufHeader(metadata, placed(relative, dataStart, alignment));
    }

    private void requireVersion() {
      int magic = cursor.int32();
      if (magic != MAGIC) {
        throw damaged("a file that starts with 'GGUF'", "0x%08x".formatted(magic));
      }
      int version = cursor.int32();
      if (version == 2 || version == 3) {
        return;
      }
      boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
      throw new DataException(
          cursor.operation(),
          "GGUF version 2 or 3, little-endian",
          swapped ? "a big-endian file" : "version " + Integer.toUnsignedString(version),
          "convert the model to GGUF again with a current converter");
    }

    /** Rejects impossible counts early; every item takes at least {@code minBytes}. */
    private void requireCount(String what, long count, int minBytes) {
      if (count < 0 || count > cursor.remaining() / minBytes) {
        throw damaged(
            "at most " + cursor.remaining() / minBytes + " " + what + " in this many bytes",
            Long.toUnsignedString(count));
      }
    }

    private Entry tensor(String name) {
      int dims = cursor.int32();
      if (dims < 0 || dims > MAX_DIMS) {
        throw damaged(
            "0 to " + MAX_DIMS + " dims for tensor '" + name + "'", Integer.toUnsignedString(dims));
      }
      List<Long> shape = new ArrayList<>();
      for (int i = 0; i < dims; i++) {
        long size = cursor.int64();
        if (size < 0) {
          throw damaged("sizes below 2^63 for tensor '" + name + "'", Long.toUnsignedString(size));
        }
        shape.addFirst(size);
      }
      int id = cursor.int32();
      GgmlType type = GgmlType.ofId(id).orElseThrow(() -> unknownType(name, id));
      long offset = cursor.int64();
      return new Entry(type, List.copyOf(shape), offset, byteSize(name, type, shape));
    }

    private DataException unknownType(String name, int id) {
      return new DataException(
          cursor.operation(),
          "a tensor type that files hold, F32 (0) to Q1_0 (41), for '" + name + "'",
          "type " + Integer.toUnsignedString(id),
          "quantise the model again to a current type");
    }

    private long byteSize(String name, GgmlType type, List<Long> shape) {
      long row = shape.isEmpty() ? 1 : shape.getLast();
      if (row % type.blockSize() != 0) {
        throw damaged(
            "rows of whole blocks of " + type.blockSize() + " for tensor '" + name + "'",
            type + "" + shape);
      }
      try {
        // Blocks take at most 8 bytes per weight, so that the number of bytes can't overflow.
        return WeightInfo.elements(shape) / type.blockSize() * type.blockBytes();
      } catch (ArithmeticException e) {
        throw damaged("a shape that fits memory for tensor '" + name + "'", type + "" + shape);
      }
    }

    private long alignment(GgufMetadata metadata) {
      long alignment = metadata.whole(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
      if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
        throw damaged(
            "a power of two up to " + MAX_ALIGNMENT + " as " + ALIGNMENT,
            String.valueOf(alignment));
      }
      return alignment;
    }

    private Map<String, Entry> placed(Map<String, Entry> relative, long dataStart, long alignment) {
      long dataBytes = Math.max(0, cursor.size() - dataStart);
      List<Map.Entry<String, Entry>> ordered = new ArrayList<>(relative.entrySet());
      ordered.sort(
          Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
              .thenComparing(Map.Entry::getKey));
      Map<String, Entry> placed = new LinkedHashMap<>();
      long reached = 0;
      for (Map.Entry<String, Entry> item : ordered) {
        Entry entry = item.getValue();
        long offset = entry.begin();
        if (offset < 0 || offset % alignment != 0) {
          throw damaged(
              "tensor '" + item.getKey() + "' at a multiple of " + alignment,
              "offset " + Long.toUnsignedString(offset));
        }
        if (offset < reached) {
          throw damaged(
              "tensor '" + item.getKey() + "' from offset " + reached,
              "an overlap, offset " + offset);
        }
        if (offset > dataBytes || entry.byteSize() > dataBytes - offset) {
          throw damaged(
              "tensor '" + item.getKey() + "' within " + dataBytes + " bytes of data",
              entry.byteSize() + " bytes at offset " + offset);
        }
        reached = offset + entry.byteSize();
        placed.put(
            item.getKey(),
            new Entry(entry.type(), entry.shape(), dataStart + offset, entry.byteSize()));
      }
      return Collections.unmodifiableMap(placed);
    }

    private DataException damaged(String expected, String got) {
      return cursor.damaged(expected, got);
    }
  }
}
