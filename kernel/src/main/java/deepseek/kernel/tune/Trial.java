package deepseek.kernel.tune;

import deepseek.kernel.KernelException;
import deepseek.kernel.ops.Operator;
import deepseek.kernel.ops.QuantisedLayout;
import deepseek.kernel.runtime.DeviceBuffer;
import deepseek.kernel.runtime.DeviceRuntime;
import deepseek.kernel.runtime.LaunchArgument;
import deepseek.kernel.runtime.Scalar;
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

/** The arguments of an operator that has variants, for one shape: seeded random numbers. */
public final class Trial {
  private static final int HEAD = 64;
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

  /** Names of a shape's sizes, and those that are usual. */
  public record Form(List<String> names, List<Integer> usual) {}

  /** The shapes of an operator; empty where it has no variants. */
  public static Optional<Form> form(Operator operator) {
    return Optional.ofNullable(FORMS.get(operator.name()));
  }

  private final List<LaunchArgument> arguments = new ArrayList<>();
  private final DeviceRuntime runtime;
  private final List<Integer> shape;
  private final Random random = new Random(1);
  private DeviceBuffer result;

  /**
   * @throws KernelException for shapes that the operator doesn't have
   */
  Trial(DeviceRuntime runtime, Operator operator, List<Integer> shape) {
    this.runtime = runtime;
    this.shape = requiredShape(operator, shape);
    this.result = runtime.allocate(1);
    lay(operator.name());
  }

  /**
   * The shapes of an operator.
   *
   * @throws KernelException where it has no variants
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
   * {@code shape}, which an operator is to be tried with.
   *
   * @throws KernelException where the operator has no such shape
   */
  public static List<Integer> requiredShape(Operator operator, List<Integer> shape) {
    Form form = requiredForm(operator);
    boolean quantised = operator.name().startsWith("int");
    if (shape.size() != form.names().size()
        || shape.stream().anyMatch(size -> size < 1)
        || quantised && shape.getLast() % QuantisedLayout.COLUMNS != 0) {
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
    int first = shape.getFirst();
    int last = shape.getLast();
    switch (name) {
      case "sum", "argmax" -> {
        floats((long) first * last);
        output(first);
        sizes();
      }
      case "softmax" -> {
        floats((long) first * last);
        output((long) first * last);
        sizes();
      }
      case "rms_norm" -> {
        floats((long) first * last);
        floats(last);
        output((long) first * last);
        arguments.add(Scalar.of(1e-5f));
        sizes();
      }
      case "neuron_dots" -> {
        floats((long) first * last);
        floats(last);
        words(random.ints(first, 0, 2).toArray());
        output(first);
        sizes();
      }
      case "decode_attention" -> {
        int heads = first * shape.get(1);
        floats((long) heads * HEAD);
        floats((long) last * first * HEAD);
        floats((long) last * first * HEAD);
        output((long) heads * HEAD);
        sizes();
        arguments.add(Scalar.of(0.125f));
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
    int m = shape.size() == 3 ? shape.getFirst() : 1;
    weights(layout, layout.words(rows, columns));
    floats((long) m * columns);
    output((long) m * rows);
    sizes();
  }

  /** Of a quarter of the outputs. */
  private void masked(QuantisedLayout layout) {
    int rows = shape.getFirst();
    weights(layout, layout.words(rows, shape.getLast()));
    floats(shape.getLast());
    words(quarter(Math.ceilDiv(rows, QuantisedLayout.ROWS)));
    output(rows);
    sizes();
  }

  /** A weight that has a quarter of its blocks. */
  private void blockSparse(QuantisedLayout layout) {
    int rows = shape.getFirst();
    int across = shape.getLast() / QuantisedLayout.COLUMNS;
    int[] kept = quarter(Math.ceilDiv(rows, QuantisedLayout.ROWS) * across);
    int[] starts = new int[kept.length / across + 1];
    for (int i = 0; i < kept.length; i++) {
      starts[i / across + 1] += kept[i];
    }
    Arrays.parallelPrefix(starts, Integer::sum);
    weights(layout, Math.max(1, starts[starts.length - 1]) * layout.blockWords());
    floats(shape.getLast());
    words(starts);
    words(
        IntStream.concat(
                IntStream.range(0, kept.length).filter(i -> kept[i] != 0).map(i -> i % across),
                IntStream.of(0)) // a buffer is never empty
            .toArray());
    output(rows);
    arguments.add(Scalar.of(rows));
  }

  private int[] quarter(int count) {
    return random.ints(count, 0, 4).map(n -> n == 0 ? 1 : 0).toArray();
  }

  private void weights(QuantisedLayout layout, long count) {
    int[] words = random.ints(count).toArray();
    int scales = layout.blockWords() - QuantisedLayout.ROWS;
    for (int i = 0; i < words.length; i++) {
      if (i % layout.blockWords() >= scales) {
        words[i] = 0x20002000; // two float16 of 2^-7
      }
    }
    words(words);
  }

  private void floats(long count) {
    DeviceBuffer buffer = runtime.allocate(count);
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    buffer.write(values);
    arguments.add(buffer);
  }

  private void words(int[] values) {
    DeviceBuffer buffer = runtime.allocate(values.length);
    buffer.write(values);
    arguments.add(buffer);
  }

  private void output(long count) {
    result.close();
    result = runtime.allocate(count);
    arguments.add(result);
  }

  private void sizes() {
    shape.forEach(size -> arguments.add(Scalar.of(size)));
  }

  LaunchArgument[] arguments() {
    return arguments.toArray(LaunchArgument[]::new);
  }

  DeviceBuffer result() {
    return result;
  }

  void close() {
    for (LaunchArgument argument : arguments) {
      if (argument instanceof DeviceBuffer buffer) {
        buffer.close();
      }
    }
  }
}
