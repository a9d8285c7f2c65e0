package deepseek.cli;

import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A checkpoint's tensors, those of like layers and experts in one row; reads headers only. */
record ParameterTable(List<Row> rows) {
  /** A quantised matrix shares one FP16 scale among so many values, as llama.cpp's types do. */
  private static final int BLOCK = 32;

  private static final double SCALE_BYTES = 2.0 / BLOCK;

  /**
   * Tensors that differ only in the numbers of their names.
   *
   * @param name with {@code *} for those numbers
   * @param byteSize of all of them in the file
   */
  record Row(String name, String storedType, List<Long> shape, int count, long byteSize) {
    long elements() {
      return count * shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    boolean isMatrix() {
      return shape.size() > 1;
    }
  }

  private record Key(String name, String storedType, List<Long> shape) {}

  ParameterTable {
    rows = List.copyOf(rows);
  }

  static ParameterTable of(Weights weights) {
    Map<Key, List<WeightInfo>> groups = new LinkedHashMap<>();
    for (String name : weights.names()) {
      WeightInfo info = weights.info(name);
      Key key = new Key(name.replaceAll("\\.\\d+(?=\\.|$)", ".*"), info.storedType(), info.shape());
      groups.computeIfAbsent(key, k -> new ArrayList<>()).add(info);
    }
    return new ParameterTable(
        groups.entrySet().stream()
            .map(group -> row(group.getKey(), group.getValue()))
            .collect(Collectors.toList()));
  }

  private static Row row(Key key, List<WeightInfo> tensors) {
    return new Row(
        key.name(),
        key.storedType(),
        key.shape(),
        tensors.size(),
        tensors.stream().mapToLong(WeightInfo::byteSize).sum());
  }

  long elements() {
    return rows.stream().mapToLong(Row::elements).sum();
  }

  long byteSize() {
    return rows.stream().mapToLong(Row::byteSize).sum();
  }

  int tensors() {
    return rows.stream().mapToInt(Row::count).sum();
  }

  /** By precision, bytes of the weights in memory. */
  Map<String, Long> memory() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("fp32", bytesAt(4));
    bytes.put("bf16", bytesAt(2));
    bytes.put("int8", bytesQuantised(8));
    bytes.put("int4", bytesQuantised(4));
    return bytes;
  }

  /** Bytes of the weights with {@code bytesPerValue} each. */
  private long bytesAt(int bytesPerValue) {
    return elements() * bytesPerValue;
  }

  /** Bytes with matrices in blocks of {@code bits} a value and a scale, the rest in BF16. */
  private long bytesQuantised(int bits) {
    long matrices = rows.stream().filter(Row::isMatrix).mapToLong(Row::elements).sum();
    return Math.round(matrices * (bits / 8.0 + SCALE_BYTES)) + (elements() - matrices) * 2;
  }
}
