package deepseek.store.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import deepseek.store.WeightInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A validated header: tensors are inside the file, don't overlap, and have exactly as many bytes as
 * their shape and type need.
 *
 * <pre>
 * bytes 0..7      N, little-endian
 * bytes 8..8+N    JSON: {"name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}, ...}
 * the rest        the tensors, offsets counted from here
 * </pre>
 *
 * @param entries tensors ordered by their position in the file
 * @param dataStart offset of the first tensor
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long dataStart) {
  /** One tensor; {@code begin} and {@code end} count from the start of the file. */
  record Entry(SafetensorsType type, List<Long> shape, long begin, long end) {}

  private static final long LENGTH_BYTES = 8;
  private static final long MAX_HEADER = 100_000_000;
  private static final String METADATA = "__metadata__";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static SafetensorsHeader read(String fileName, MemorySegment file) {
    return new Reader("open " + fileName, file).read();
  }

  /** A header's bytes, including its length, with offsets relative to the first entry. */
  static byte[] bytes(Map<String, Entry> entries, Map<String, String> metadata) {
    byte[] json = json(entries, metadata);
    return padded(json, LENGTH_BYTES + Math.ceilDiv(json.length, LENGTH_BYTES) * LENGTH_BYTES);
  }

  /**
   * A header's bytes, padded to exactly {@code size}.
   *
   * @throws DataException if it needs more
   */
  static byte[] bytes(Map<String, Entry> entries, Map<String, String> metadata, long size) {
    byte[] json = json(entries, metadata);
    if (json.length > size - LENGTH_BYTES) {
      throw new DataException(
          "write a safetensors header",
          "at most " + (size - LENGTH_BYTES) + " bytes",
          json.length + " bytes",
          "leave more room for it");
    }
    return padded(json, size);
  }

  private static byte[] padded(byte[] json, long size) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(size - LENGTH_BYTES).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.array();
  }

  private static byte[] json(Map<String, Entry> entries, Map<String, String> metadata) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode notes = root.putObject(METADATA);
      new TreeMap<>(metadata).forEach(notes::put);
    }
    long first = entries.values().stream().mapToLong(Entry::begin).min().orElse(0);
    entries.forEach(
        (name, entry) -> {
          ObjectNode node = root.putObject(name);
          node.put("dtype", entry.type().name());
          var shape = node.putArray("shape");
          entry.shape().forEach(shape::add);
          node.putArray("data_offsets").add(entry.begin() - first).add(entry.end() - first);
        });
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of strings and numbers has a JSON form", e);
    }
  }

  private record Reader(String operation, MemorySegment file) {
    SafetensorsHeader read() {
      long length = headerLength();
      byte[] json = file.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
      if (json[0] != '{') {
        throw damaged("a header that starts with '{'", "byte 0x%02x".formatted(json[0]));
      }
      ObjectNode header = StrictJson.object(operation, json);
      Map<String, String> metadata = metadata(header.get(METADATA));
      long dataStart = LENGTH_BYTES + length;
      List<Map.Entry<String, Entry>> entries = new ArrayList<>();
      for (Map.Entry<String, JsonNode> field : header.properties()) {
        if (!field.getKey().equals(METADATA)) {
          entries.add(
              Map.entry(field.getKey(), entry(field.getKey(), field.getValue(), dataStart)));
        }
      }
      return new SafetensorsHeader(covering(entries, dataStart), metadata, dataStart);
    }

    private long headerLength() {
      if (file.byteSize() < LENGTH_BYTES) {
        throw damaged("at least 8 bytes", file.byteSize() + " bytes");
      }
      long length = file.get(LENGTH, 0);
      if (length < 2 || length > MAX_HEADER) {
        throw damaged(
            "a header of 2 to " + MAX_HEADER + " bytes",
            Long.toUnsignedString(length) + " in the first 8 bytes");
      }
      if (length > file.byteSize() - LENGTH_BYTES) {
        throw damaged(
            "a header of " + length + " bytes", file.byteSize() - LENGTH_BYTES + " bytes after it");
      }
      return length;
    }

    private Entry entry(String name, JsonNode node, long dataStart) {
      JsonNode dtype = node.path("dtype");
      if (!dtype.isTextual()) {
        throw damaged("a dtype for tensor '" + name + "'", kind(dtype));
      }
      SafetensorsType type =
          SafetensorsType.named(dtype.textValue())
              .orElseThrow(
                  () ->
                      damaged(
                          "a dtype of the format for tensor '" + name + "'",
                          "'" + dtype.textValue() + "'"));
      List<Long> shape = naturals(name, "shape", node.path("shape"));
      List<Long> offsets = naturals(name, "data_offsets", node.path("data_offsets"));
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw damaged("data_offsets [begin, end] for tensor '" + name + "'", offsets.toString());
      }
      long begin = offsets.get(0);
      long end = offsets.get(1);
      if (end > file.byteSize() - dataStart) {
        throw damaged(
            "tensor '" + name + "' within the " + (file.byteSize() - dataStart) + " bytes of data",
            "its end at " + end);
      }
      long needed = byteSize(name, type, shape);
      if (needed != end - begin) {
        throw damaged(
            needed + " bytes for tensor '" + name + "' of " + type + shape, end - begin + " bytes");
      }
      return new Entry(type, shape, dataStart + begin, dataStart + end);
    }

    private long byteSize(String name, SafetensorsType type, List<Long> shape) {
      try {
        long bits = Math.multiplyExact(WeightInfo.elements(shape), type.bits());
        if (bits % Byte.SIZE != 0) {
          throw damaged(
              "tensor '" + name + "' to fill whole bytes",
              type + "" + shape + ", " + bits + " bits");
        }
        return bits / Byte.SIZE;
      } catch (ArithmeticException e) {
        throw damaged("a shape that fits memory for tensor '" + name + "'", type + "" + shape);
      }
    }

    private List<Long> naturals(String name, String field, JsonNode node) {
      if (!node.isArray()) {
        throw damaged("an array as " + field + " of tensor '" + name + "'", kind(node));
      }
      List<Long> values = new ArrayList<>(node.size());
      for (JsonNode value : node) {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
          throw damaged(
              "whole numbers from 0 to 2^63-1 in " + field + " of tensor '" + name + "'",
              kind(value));
        }
        values.add(value.longValue());
      }
      return Collections.unmodifiableList(values);
    }

    /** Sorts by position and checks that the tensors cover the data exactly. */
    private Map<String, Entry> covering(List<Map.Entry<String, Entry>> entries, long dataStart) {
      entries.sort(
          Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
              .thenComparingLong(e -> e.getValue().end()));
      Map<String, Entry> ordered = new LinkedHashMap<>();
      long reached = dataStart;
      for (Map.Entry<String, Entry> entry : entries) {
        long begin = entry.getValue().begin();
        if (begin != reached) {
          throw damaged(
              "tensor '" + entry.getKey() + "' to start at offset " + (reached - dataStart),
              (begin < reached ? "an overlap, offset " : "a hole, offset ") + (begin - dataStart));
        }
        reached = entry.getValue().end();
        ordered.put(entry.getKey(), entry.getValue());
      }
      if (reached != file.byteSize()) {
        throw damaged(
            "tensors that cover the file to its end",
            file.byteSize() - reached + " bytes that belong to none");
      }
      return Collections.unmodifiableMap(ordered);
    }

    private Map<String, String> metadata(@Nullable JsonNode node) {
      if (node == null || node.isNull()) {
        return Map.of();
      }
      if (!node.isObject()) {
        throw damaged("an object as " + METADATA, kind(node));
      }
      Map<String, String> values = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        if (!field.getValue().isTextual()) {
          throw damaged(
              "text as " + METADATA + " '" + field.getKey() + "'", kind(field.getValue()));
        }
        values.put(field.getKey(), field.getValue().textValue());
      }
      return Collections.unmodifiableMap(values);
    }

    private static String kind(JsonNode node) {
      return node.isNumber() ? node.asText() : node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private DataException damaged(String expected, String got) {
      return new DataException(
          operation, expected, got, "the file is damaged or cut short: fetch or export it again");
    }
  }
}
