package deepseek.devices.tune;

import deepseek.devices.ops.Operator;
import deepseek.devices.ops.QuantisedLayout;
import deepseek.devices.runtime.DeviceBuffer;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.devices.runtime.LaunchArgument;
import deepseek.devices.runtime.Scalar;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.FreeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Arguments for a tunable operator and one shape: seeded random numbers. */
public final class Trial {
  private static final int HEAD = 64;
  private static final String SMALLER = "choose a smaller shape";
  private static final Form ROWS = new Form(List.of("rows", "n"), List.of(64, 4096));
  private static final Form GEMV = new Form(List.of("rows", "columns"), List.of(4096, 2048));
  private static final Form GEMM =
      new Form(List.of("m", "rows", "columns"), List.of(16, 1024, 1024));
  private static final Form HEADS =
      new Form(List.of("key_heads", "per_key_head", "tokens"), List.of(8, 4, 1024));
  private static final Map<String, Form> FORMS =
      Map.ofEntries(
          Map.entry("sum", ROWS),
          Map.entry("rms_norm", ROWS),
          Map.entry("softmax", ROWS),
          Map.entry("argmax", ROWS),
          Map.entry("int4_gemv", GEMV),
          Map.entry("int8_gemv", GEMV),
          Map.entry("int4_block_sparse_gemv", GEMV),
          Map.entry("int8_block_sparse_gemv", GEMV),
          Map.entry("int4_masked_gemv", GEMV),
          Map.entry("int8_masked_gemv", GEMV),
          Map.entry("int4_gemm", GEMM),
          Map.entry("int8_gemm", GEMM),
          Map.entry("neuron_dots", new Form(List.of("neurons", "width"), List.of(4096, 2048))),
          Map.entry("decode_attention", HEADS));

  /** Names of a shape's dimensions, and their defaults. */
  public record Form(List<String> names, List<Integer> usual) {}

  /** The dimensions of an operator; empty if it has no variants. */
  public static Optional<Form> form(Operator operator) {
    return Optional.ofNullable(FORMS.get(operator.name()));
  }

  /** Generates a word of an input. */
  private interface Word {
    int at(long place);
  }

  /**
   * A buffer to allocate.
   *
   * @param words its size; a double, so that products of sizes don't overflow
   * @param content its words; empty for the result
   */
  private record Part(double words, Optional<Word> content) {}

  private final DeviceRuntime runtime;
  private final List<Integer> shape;
  private final Random random = new Random(1);
  private final List<Part> parts = new ArrayList<>();
  private final List<Scalar> scalars = new ArrayList<>();
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private final String operation;

  /**
   * @throws KernelException for shapes that don't fit the operator or this machine's memory
   */
  Trial(DeviceRuntime runtime, Operator operator, List<Integer> shape) {
    this.runtime = runtime;
    this.shape = requiredShape(operator, shape);
    this.operation = "tune " + operator.name() + " " + text(shape);
    lay(operator.name());
    requireMemory();
    try {
      parts.forEach(this::allocate);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The dimensions of an operator.
   *
   * @throws KernelException if it has no variants
   */
  public static Form requiredForm(Operator operator) {
    return form(operator)
        .orElseThrow(
            () ->
                new KernelException(
                    "tune " + operator.name(),
                    "an operator with variants: "
                        + String.join(", ", new TreeSet<>(FORMS.keySet())),
                    "one that is the same for all widths",
                    "name another"));
  }

  /**
   * Checks a shape.
   *
   * @throws KernelException if the operator has no such shape
   */
  public static List<Integer> requiredShape(Operator operator, List<Integer> shape) {
    Form form = requiredForm(operator);
    boolean quantised = operator.name().startsWith("int");
    if (shape.size() != form.names().size()
        || shape.stream().anyMatch(size -> size < 1)
        || (quantised && shape.getLast() % QuantisedLayout.COLUMNS != 0)) {
      throw new KernelException(
          "tune " + operator.name(),
          String.join("x", form.names()) + (quantised ? ", the last a multiple of 64" : ""),
          text(shape),
          "e.g. " + text(form.usual()));
    }
    return shape;
  }

  private static String text(List<Integer> shape) {
    return shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
  }

  private void lay(String name) {
    double first = shape.getFirst();
    double last = shape.getLast();
    switch (name) {
      case "sum", "argmax" -> {
        floats(first * last);
        result(first);
        sizes();
      }
      case "softmax" -> {
        floats(first * last);
        result(first * last);
        sizes();
      }
      case "rms_norm" -> {
        floats(first * last);
        floats(last);
        result(first * last);
        scalars.add(Scalar.of(1e-5f));
        sizes();
      }
      case "neuron_dots" -> {
        floats(first * last);
        floats(last);
        words(first, place -> random.nextInt(2));
        result(first);
        sizes();
      }
      case "decode_attention" -> {
        double heads = first * shape.get(1);
        floats(heads * HEAD);
        floats(last * first * HEAD);
        floats(last * first * HEAD);
        result(heads * HEAD);
        sizes();
        scalars.add(Scalar.of(0.125f));
      }
      case "int4_block_sparse_gemv", "int8_block_sparse_gemv" -> blockSparse(layout(name));
      case "int4_masked_gemv", "int8_masked_gemv" -> masked(layout(name));
      default -> quantised(layout(name));
    }
  }

  private static QuantisedLayout layout(String name) {
    return QuantisedLayout.valueOf(name.substring(0, 4).toUpperCase(Locale.ROOT));
  }

  private void quantised(QuantisedLayout layout) {
    int rows = shape.get(shape.size() - 2);
    int columns = shape.getLast();
    double m = shape.size() == 3 ? shape.getFirst() : 1;
    weights(layout, (double) layout.words(rows, columns));
    floats(m * columns);
    result(m * rows);
    sizes();
  }

  /** A mask of a quarter of the outputs. */
  private void masked(QuantisedLayout layout) {
    int rows = shape.getFirst();
    weights(layout, (double) layout.words(rows, shape.getLast()));
    floats(shape.getLast());
    words(Math.ceilDiv(rows, QuantisedLayout.ROWS), place -> oneOfFour());
    result(rows);
    sizes();
  }

  /** A block-sparse weight with a quarter of its blocks. */
  private void blockSparse(QuantisedLayout layout) {
    int rows = shape.getFirst();
    int across = shape.getLast() / QuantisedLayout.COLUMNS;
    requireWords(layout.words(rows, shape.getLast()) / 4.0); // before its blocks are drawn
    int[] kept =
        IntStream.range(0, Math.ceilDiv(rows, QuantisedLayout.ROWS) * across)
            .map(i -> oneOfFour())
            .toArray();
    int[] starts = new int[kept.length / across + 1];
    for (int i = 0; i < kept.length; i++) {
      starts[i / across + 1] += kept[i];
    }
    Arrays.parallelPrefix(starts, Integer::sum);
    weights(layout, (double) Math.max(1, starts[starts.length - 1]) * layout.blockWords());
    floats(shape.getLast());
    words(starts);
    words(
        IntStream.concat(
                IntStream.range(0, kept.length).filter(i -> kept[i] != 0).map(i -> i % across),
                IntStream.of(0)) // a buffer is never empty
            .toArray());
    result(rows);
    scalars.add(Scalar.of(rows));
  }

  private int oneOfFour() {
    return random.nextInt(4) == 0 ? 1 : 0;
  }

  private void weights(QuantisedLayout layout, double count) {
    int block = layout.blockWords();
    int scales = block - QuantisedLayout.ROWS;
    int two = 0x20002000; // float16 of 2^-7, twice
    words(count, place -> place % block >= scales ? two : random.nextInt());
  }

  private void floats(double count) {
    words(count, place -> Float.floatToRawIntBits(random.nextFloat() - 0.5f));
  }

  private void words(int[] values) {
    words(values.length, place -> values[Math.toIntExact(place)]);
  }

  private void words(double count, Word each) {
    parts.add(new Part(count, Optional.of(each)));
  }

  private void result(double count) {
    parts.add(new Part(count, Optional.empty()));
  }

  private void sizes() {
    shape.forEach(size -> scalars.add(Scalar.of(size)));
  }

  /**
   * Checks for enough memory before anything is allocated: the buffers, and their copies on the
   * host.
   */
  private void requireMemory() {
    double all = 0;
    double copied = 0;
    for (Part part : parts) {
      requireWords(part.words());
      all += part.words();
      copied = Math.max(copied, part.content().isPresent() ? part.words() : 2 * part.words());
    }
    FreeMemory.require(operation, Integer.BYTES * (all + copied), SMALLER);
  }

  private void requireWords(double count) {
    if (count > Integer.MAX_VALUE) {
      throw new KernelException(
          operation,
          "buffers of at most 2^31 - 1 words, which kernels count with 32 bits",
          String.format(Locale.ROOT, "%.0f words", count),
          SMALLER);
    }
  }

  private void allocate(Part part) {
    DeviceBuffer buffer = runtime.allocate((long) part.words());
    buffers.add(buffer);
    part.content().ifPresent(each -> fill(buffer, each));
  }

  private static void fill(DeviceBuffer buffer, Word each) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocate(ValueLayout.JAVA_INT, buffer.words());
      for (long i = 0; i < buffer.words(); i++) {
        words.setAtIndex(ValueLayout.JAVA_INT, i, each.at(i));
      }
      buffer.write(words);
    }
  }

  LaunchArgument[] arguments() {
    return Stream.concat(buffers.stream(), scalars.stream()).toArray(LaunchArgument[]::new);
  }

  /** The operator's output, which is always the last buffer. */
  DeviceBuffer result() {
    return buffers.getLast();
  }

  void close() {
    buffers.forEach(DeviceBuffer::close);
  }
}
