package deepseek.store.onnx;

import deepseek.files.ProtoCursor;
import deepseek.store.WeightInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A constant of a graph: the range of its bytes, or the range of packed varints.
 *
 * @param raw bytes in a tensor's layout
 * @param packed varints
 */
record OnnxTensor(
    String name,
    OnnxType type,
    List<Long> shape,
    Optional<ProtoCursor.Range> raw,
    Optional<ProtoCursor.Range> packed) {
  private static final int DIMS = 1;
  private static final int DATA_TYPE = 2;
  private static final int FLOATS = 4;
  private static final int INT32S = 5;
  private static final int INT64S = 7;
  private static final int NAME = 8;
  private static final int RAW = 9;
  private static final int DOUBLES = 10;
  private static final int LOCATION = 14;
  private static final int MAX_DIMS = 8;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Parses a TensorProto; empty for types without a tensor type, such as strings. */
  static Optional<OnnxTensor> read(ProtoCursor in) {
    String name = "";
    List<Long> shape = new ArrayList<>();
    long type = 0;
    Optional<ProtoCursor.Range> raw = Optional.empty();
    Optional<ProtoCursor.Range> packed = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case DIMS -> dims(in, shape);
        case DATA_TYPE -> type = in.varint();
        case NAME -> name = in.text();
        case FLOATS, DOUBLES, RAW -> raw = Optional.of(in.range());
        case INT32S, INT64S -> packed = Optional.of(in.range());
        case LOCATION -> {
          if (in.varint() != 0) {
            throw in.damaged("tensors inside the file", "'" + name + "' in a file of its own");
          }
        }
        default -> in.skip();
      }
    }
    Optional<OnnxType> known = OnnxType.ofId(type);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    OnnxTensor tensor = new OnnxTensor(name, known.get(), List.copyOf(shape), raw, packed);
    tensor.check(in);
    return Optional.of(tensor);
  }

  private static void dims(ProtoCursor in, List<Long> shape) {
    if (in.isBytes()) {
      ProtoCursor run = in.message();
      while (run.more()) {
        shape.add(run.rawVarint());
        limit(in, shape);
      }
    } else {
      shape.add(in.varint());
      limit(in, shape);
    }
  }

  private static void limit(ProtoCursor in, List<Long> shape) {
    if (shape.size() > MAX_DIMS || shape.getLast() < 0) {
      throw in.damaged("at most " + MAX_DIMS + " sizes below 2^63", shape.toString());
    }
  }

  private void check(ProtoCursor in) {
    long elements;
    try {
      elements = WeightInfo.elements(shape);
    } catch (ArithmeticException e) {
      throw in.damaged("a shape that fits memory for tensor '" + name + "'", shape.toString());
    }
    long bytes = elements * type.dtype().byteSize();
    if (raw.isPresent() && raw.get().length() != bytes) {
      throw in.damaged(
          bytes + " bytes for tensor '" + name + "' of " + type + shape,
          raw.get().length() + " bytes");
    }
    if (raw.isEmpty() && packed.isEmpty() && elements > 0) {
      throw in.damaged("values of tensor '" + name + "'", "none");
    }
    if (packed.isPresent() && elements > packed.get().length()) {
      throw in.damaged(
          elements + " numbers for tensor '" + name + "'", packed.get().length() + " bytes");
    }
  }

  long byteSize() {
    return WeightInfo.elements(shape) * type.dtype().byteSize();
  }

  /** The values of a small integer constant; empty for other types and sizes. */
  List<Long> wholes(MemorySegment file) {
    long elements = WeightInfo.elements(shape);
    if (type != OnnxType.INT64 || elements > MAX_DIMS) {
      return List.of();
    }
    if (raw.isPresent()) {
      return LongStream.range(0, elements)
          .mapToObj(i -> file.get(LONG, raw.get().offset() + i * Long.BYTES))
          .toList();
    }
    return packed.map(range -> unpack(file, range)).orElse(List.of());
  }

  private List<Long> unpack(MemorySegment file, ProtoCursor.Range range) {
    ProtoCursor in = new ProtoCursor("read constant '" + name + "'", "ONNX model", file, range);
    return LongStream.range(0, WeightInfo.elements(shape)).mapToObj(i -> in.rawVarint()).toList();
  }

  /** The value of a FLOAT constant with one element. */
  Optional<Float> single(MemorySegment file) {
    if (type != OnnxType.FLOAT || WeightInfo.elements(shape) != 1 || raw.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(file.get(FLOAT, raw.get().offset()));
  }
}
