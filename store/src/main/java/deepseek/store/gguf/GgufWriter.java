package deepseek.store.gguf;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.AtomicFile;
import deepseek.files.DataException;
import deepseek.store.MappedTensor;
import deepseek.store.WeightInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Writes a GGUF file of version 3, which llama.cpp reads: metadata in the order of the calls, then
 * the tensors as F32, F16, BF16, Q8_0 or Q4_0. Tensors, and files whose metadata is copied, must
 * stay open until {@link #write} has returned.
 */
public final class GgufWriter {
  private static final int CHUNK = 1 << 16;
  private static final byte[] PADDING = new byte[GgufHeader.DEFAULT_ALIGNMENT];

  private final Map<String, Consumer<Output>> metadata = new LinkedHashMap<>();
  private final Map<String, Planned> tensors = new LinkedHashMap<>();

  /** Keys that depend on the file's layout, which are not copied. */
  private static final Set<String> LAYOUT =
      Set.of(GgufHeader.ALIGNMENT, "split.no", "split.count", "split.tensors.count");

  private record Planned(
      List<Long> shape, Supplier<Tensor> values, GgmlType type, BlockEncoder encoder) {
    long numel() {
      return WeightInfo.elements(shape);
    }

    long byteSize() {
      return numel() / type.blockSize() * type.blockBytes();
    }
  }

  /**
   * An empty file.
   *
   * @param architecture llama.cpp's name of the model's family: {@code llama}, {@code qwen2}
   */
  public GgufWriter(String architecture) {
    text("general.architecture", architecture);
  }

  private GgufWriter() {}

  /**
   * A file with the metadata of another, copied byte for byte, except for the keys {@code except}.
   */
  public static GgufWriter withMetadataOf(GgufFile file, Set<String> except) {
    GgufWriter writer = new GgufWriter();
    file.metadata()
        .stored()
        .forEach(
            (key, value) -> {
              if (!LAYOUT.contains(key) && !except.contains(key)) {
                writer.metadata.put(
                    key, out -> out.bytes.writeBytes(value.toArray(ValueLayout.JAVA_BYTE)));
              }
            });
    return writer;
  }

  /** Sets a string. */
  public GgufWriter text(String key, String value) {
    return put(key, GgufValueType.STRING, out -> out.text(value));
  }

  /**
   * Sets an unsigned 32-bit integer.
   *
   * @throws DataException if the value is out of range
   */
  public GgufWriter uint32(String key, long value) {
    if (value < 0 || value > 0xFFFFFFFFL) {
      throw new DataException(
          "write " + key, "a value from 0 to 2^32-1", value + "", "use another type");
    }
    return put(key, GgufValueType.UINT32, out -> out.int32((int) value));
  }

  /** Sets a 32-bit float. */
  public GgufWriter float32(String key, float value) {
    return put(key, GgufValueType.FLOAT32, out -> out.int32(Float.floatToRawIntBits(value)));
  }

  /** Sets a boolean. */
  public GgufWriter flag(String key, boolean value) {
    return put(key, GgufValueType.BOOL, out -> out.int8(value ? 1 : 0));
  }

  /** Sets an array of strings. */
  public GgufWriter texts(String key, List<String> values) {
    List<String> copy = List.copyOf(values);
    return array(key, GgufValueType.STRING, copy.size(), out -> copy.forEach(out::text));
  }

  /** Sets an array of signed 32-bit integers. */
  public GgufWriter int32s(String key, int... values) {
    int[] copy = values.clone();
    return array(
        key, GgufValueType.INT32, copy.length, out -> Arrays.stream(copy).forEach(out::int32));
  }

  /** Sets an array of 32-bit floats. */
  public GgufWriter float32s(String key, float... values) {
    float[] copy = values.clone();
    return array(
        key,
        GgufValueType.FLOAT32,
        copy.length,
        out -> {
          for (float value : copy) {
            out.int32(Float.floatToRawIntBits(value));
          }
        });
  }

  private GgufWriter array(String key, GgufValueType type, int size, Consumer<Output> items) {
    return put(
        key,
        GgufValueType.ARRAY,
        out -> {
          out.int32(type.id());
          out.int64(size);
          items.accept(out);
        });
  }

  private GgufWriter put(String key, GgufValueType type, Consumer<Output> value) {
    Consumer<Output> typed =
        out -> {
          out.int32(type.id());
          value.accept(out);
        };
    if (metadata.putIfAbsent(key, typed) != null) {
      throw new DataException("write GGUF", "each key once", "'" + key + "' twice", "drop one");
    }
    return this;
  }

  /**
   * Adds a tensor.
   *
   * @throws DataException if the type can't be written or its blocks don't fit the rows
   */
  public GgufWriter tensor(String name, Tensor tensor, GgmlType type) {
    return tensor(name, Arrays.stream(tensor.shape()).boxed().toList(), type, () -> tensor);
  }

  /**
   * Adds a tensor whose values are created when it is written, and freed afterwards.
   *
   * @throws DataException if the type can't be written or its blocks don't fit the rows
   */
  public GgufWriter tensor(String name, List<Long> shape, GgmlType type, Supplier<Tensor> values) {
    BlockEncoder encoder = BlockEncoder.of(type);
    long row = shape.isEmpty() ? 1 : shape.getLast();
    if (row % type.blockSize() != 0 || shape.size() > 4) {
      throw new DataException(
          "write '" + name + "' as " + type,
          "at most 4 dims and rows of a multiple of " + type.blockSize(),
          shape.toString(),
          "keep such tensors in F16 or F32");
    }
    Planned planned = new Planned(List.copyOf(shape), values, type, encoder);
    if (tensors.putIfAbsent(name, planned) != null) {
      throw new DataException("write GGUF", "each name once", "'" + name + "' twice", "drop one");
    }
    return this;
  }

  /**
   * Writes the file, atomically.
   *
   * @throws DataException if the file can't be written, or a weight to be quantised is not finite
   */
  public void write(Path file) {
    byte[] header = header();
    AtomicFile.write(
        file,
        channel -> {
          writeFully(channel, ByteBuffer.wrap(header));
          for (Planned planned : tensors.values()) {
            writeData(channel, planned);
            writeFully(channel, ByteBuffer.wrap(PADDING, 0, padding(planned)));
          }
        });
  }

  private byte[] header() {
    Output out = new Output();
    out.int32(GgufHeader.MAGIC);
    out.int32(3);
    out.int64(tensors.size());
    out.int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.text(key);
          value.accept(out);
        });
    long offset = 0;
    for (Map.Entry<String, Planned> entry : tensors.entrySet()) {
      Planned planned = entry.getValue();
      out.text(entry.getKey());
      out.int32(planned.shape().size());
      planned.shape().reversed().forEach(out::int64);
      out.int32(planned.type().id());
      out.int64(offset);
      offset += aligned(planned.byteSize());
    }
    out.pad();
    return out.bytes.toByteArray();
  }

  private static int padding(Planned planned) {
    return (int) (aligned(planned.byteSize()) - planned.byteSize());
  }

  private static long aligned(long bytes) {
    long unit = PADDING.length;
    return (bytes + unit - 1) / unit * unit;
  }

  private static void writeData(FileChannel channel, Planned planned) throws IOException {
    long count = planned.numel();
    if (count == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      MemorySegment floats = MappedTensor.memory(floats(planned));
      GgmlType type = planned.type();
      float[] in = new float[(int) Math.min(CHUNK, count)];
      byte[] out = new byte[in.length / type.blockSize() * type.blockBytes()];
      for (long at = 0; at < count; at += CHUNK) {
        int length = (int) Math.min(CHUNK, count - at);
        MemorySegment.copy(floats, ValueLayout.JAVA_FLOAT, at * 4, in, 0, length);
        int blocks = length / type.blockSize();
        planned.encoder().encodeAll(in, blocks, out);
        writeFully(channel, ByteBuffer.wrap(out, 0, blocks * type.blockBytes()));
      }
    }
  }

  private static Tensor floats(Planned planned) {
    Tensor values = planned.values().get();
    List<Long> shape = Arrays.stream(values.shape()).boxed().toList();
    if (!shape.equals(planned.shape())) {
      throw new DataException(
          "write GGUF", "values of shape " + planned.shape(), shape.toString(), "make as many");
    }
    return values.detach().to(Device.CPU).to(DType.FLOAT32).contiguous();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Writes little-endian fields. */
  private static final class Output {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void int8(int value) {
      bytes.write(value);
    }

    void int32(int value) {
      bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    void int64(long value) {
      bytes.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    void text(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      int64(utf8.length);
      bytes.writeBytes(utf8);
    }

    void pad() {
      while (bytes.size() % PADDING.length != 0) {
        bytes.write(0);
      }
    }
  }
}
