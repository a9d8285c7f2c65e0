package deepseek.compute;

import deepseek.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every public method of tensors on operands that are closed, another thread's, empty, of the wrong
 * type, size or sign, or missing; and packers that would read what isn't there.
 *
 * <p>Arguments: a seed, and how many calls of each method.
 */
final class TensorMisuse {
  private static final List<Supplier<@Nullable Tensor>> TENSORS =
      List.of(
          () -> Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
          () -> Tensor.of(new float[0]),
          () -> Tensor.scalar(2),
          () -> Tensor.of(new long[] {0, 1, -1, Long.MIN_VALUE}),
          () -> Tensor.of(new int[] {Integer.MIN_VALUE, 1, 0, Integer.MAX_VALUE}, 2, 2),
          () -> Tensor.of(new boolean[] {true, false, true}),
          () -> Tensor.ones(2, 3, 4, 8),
          () -> Tensor.ones(2, 1, 7, 8),
          () -> Tensor.ones(2, 3, 0, 8),
          () -> Tensor.ones(2, 0, 4, 8),
          () -> Tensor.ones(3, 2).transpose(0, 1),
          () -> Tensor.scalar(1).expand(2, 3),
          () -> Tensor.of(new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e300}),
          () -> Tensor.ones(2, 3).to(DType.BFLOAT16),
          () -> Tensor.ones(2, 3).to(DType.FLOAT8_E4M3FN),
          () -> Tensor.ones(2, 3).withGrad(),
          () -> Tensor.copyOf(MemorySegment.ofArray(new byte[] {7, -1, 3}), DType.BOOL),
          TensorMisuse::closed,
          TensorMisuse::ofAnotherThread,
          () -> null);
  private static final int[] INTS = {0, 1, 2, -1, -2, 3, 100, Integer.MAX_VALUE, Integer.MIN_VALUE};
  private static final long[] LONGS = {
    0, 1, 2, -1, -2, 3, 7, 1L << 60, Long.MAX_VALUE, Long.MIN_VALUE
  };
  private static final double[] DOUBLES = {
    0, 1, -1, 0.5, Double.NaN, Double.POSITIVE_INFINITY, -1e300, 1e-320, 1L << 53
  };
  private static final List<Optional<long[]>> SHAPES =
      Stream.of(
              null,
              new long[0],
              new long[] {-1},
              new long[] {0},
              new long[] {1L << 60},
              new long[] {1L << 33, 1L << 33},
              new long[] {2, 3},
              new long[] {-1, -1},
              new long[] {1, 0, 2},
              new long[] {6})
          .map(Optional::ofNullable)
          .toList();

  private static final long ROW = 34;

  private final Random random;

  private TensorMisuse(Random random) {
    this.random = random;
  }

  public static void main(String[] arguments) {
    long seed = Long.parseLong(arguments[0]);
    int calls = Integer.parseInt(arguments[1]);
    Misuse misuse = new Misuse();
    for (Method method : methods()) {
      for (int i = 0; i < calls; i++) {
        var one = new TensorMisuse(new Random(seed + 31L * method.toString().hashCode() + i));
        misuse.harmless(method.getName() + " " + i, () -> one.call(method));
      }
    }
    packers(misuse);
    masks(misuse);
    misuse.refused("cuda:256", () -> Device.cuda(256));
    misuse.end();
  }

  private static List<Method> methods() {
    return Arrays.stream(Tensor.class.getMethods())
        .filter(m -> !m.isSynthetic() && m.getDeclaringClass() != Object.class)
        .sorted(Comparator.comparing(Method::toString))
        .toList();
  }

  private void call(Method method) throws Exception {
    Tensor self = null;
    while (self == null) {
      self = TENSORS.get(random.nextInt(TENSORS.size())).get();
    }
    Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = argument(method.getParameterTypes()[i]);
    }
    method.setAccessible(true);
    try {
      Object made =
          method.invoke(Modifier.isStatic(method.getModifiers()) ? null : self, arguments);
      if (made instanceof Tensor tensor && tensor != self) {
        Objects.requireNonNull(tensor.toString());
        tensor.toBytes();
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private @Nullable Object argument(Class<?> type) {
    if (type == int.class) {
      return INTS[random.nextInt(INTS.length)];
    }
    if (type == long.class) {
      return LONGS[random.nextInt(LONGS.length)];
    }
    if (type == double.class) {
      return DOUBLES[random.nextInt(DOUBLES.length)];
    }
    if (type == long[].class) {
      return SHAPES.get(random.nextInt(SHAPES.size())).orElse(null);
    }
    if (random.nextInt(6) == 0) {
      return null;
    }
    if (type == Tensor.class) {
      return TENSORS.get(random.nextInt(TENSORS.size())).get();
    }
    if (type == List.class) {
      return random.nextBoolean()
          ? Collections.singletonList(TENSORS.get(random.nextInt(TENSORS.size())).get())
          : List.of(Tensor.ones(2, 3), Tensor.ones(3, 2));
    }
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), random.nextInt(8));
    }
    if (type == DType.class) {
      return DType.values()[random.nextInt(DType.values().length)];
    }
    if (type == Device.class) {
      return random.nextBoolean() ? Device.CPU : Device.cuda(100);
    }
    if (type == MemorySegment.class) {
      return memory();
    }
    if (type == Rng.class) {
      Rng rng = Rng.seeded(1);
      if (random.nextBoolean()) {
        rng.close();
      }
      return rng;
    }
    return type == Runnable.class ? (Runnable) () -> {} : null;
  }

  private MemorySegment memory() {
    return switch (random.nextInt(4)) {
      case 0 -> MemorySegment.NULL;
      case 1 -> MemorySegment.ofArray(new byte[24]);
      case 2 -> closedMemory(24);
      default -> Arena.ofAuto().allocate(24, 8);
    };
  }

  private static MemorySegment closedMemory(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return arena.allocate(bytes, 8);
    }
  }

  private static Tensor closed() {
    Tensor tensor = Tensor.ones(2, 3);
    tensor.close();
    return tensor;
  }

  private static Tensor ofAnotherThread() {
    List<Tensor> made = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              Scope.open(); // stays open
              made.add(Tensor.ones(2, 3));
            });
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return made.getFirst();
  }

  /** By libtorch's product, which has gradients, and by the kernels'. */
  private static void masks(Misuse misuse) {
    for (boolean trained : new boolean[] {false, true}) {
      for (long[] shape : new long[][] {{2, 4}, {2, 2}, {1, 3}, {3}, {1, 1}}) {
        misuse.refused(
            "mask " + Arrays.toString(shape) + (trained ? " of a weight with gradient" : ""),
            () -> {
              Tensor weight = Tensor.ones(40, 8);
              new MaskedLinear(
                      new Weight.Plain(trained ? weight.withGrad() : weight), Optional.empty())
                  .forward(Tensor.ones(2, 8), Tensor.ones(shape).gt(0));
            });
      }
    }
  }

  private static void packers(Misuse misuse) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment two = arena.allocate(2 * ROW, 8);
      for (long[] order : new long[][] {{0}, {0, 2}, {-1, 0}, {1L << 50, 0}, {0, 1, 0}}) {
        misuse.refused("order " + Arrays.toString(order), () -> packed(two, 2, 32, order));
      }
      misuse.refused("rows shorter than they say", () -> packed(two, 2, 1 << 20));
      misuse.refused("rows that end within a block", () -> packed(two, 2, 31));
      misuse.refused(
          "values in an array",
          () -> packed(MemorySegment.ofArray(new byte[2 * (int) ROW]), 2, 32));
      misuse.refused("values in a closed arena", () -> packed(closedMemory(2 * ROW), 2, 32));
    }
    misuse.refused(
        "a tensor that is packed once its scope is closed",
        () -> {
          Packing packing;
          try (Scope scope = Scope.open()) {
            packing = Packing.rounding(Tensor.ones(16, 64), QTensor.Bits.EIGHT);
          }
          packing.inMemory();
        });
    for (MemorySegment to :
        List.of(MemorySegment.ofArray(new long[1 << 12]), closedMemory(1 << 15))) {
      misuse.refused(
          "packing to " + (to.isNative() ? "a closed arena" : "an array"),
          () -> Packing.rounding(Tensor.ones(16, 64), QTensor.Bits.EIGHT).pack(0, 1, to));
    }
    misuse.refused(
        "packing backwards",
        () ->
            Packing.rounding(Tensor.ones(64, 64), QTensor.Bits.EIGHT)
                .pack(3, 1, Arena.ofAuto().allocate(1 << 15, 64)));
  }

  private static void packed(MemorySegment bytes, long out, long in, long... order) {
    QTensor.pack(
        new QTensor.GgmlMatrix(
            GgmlType.Q8_0,
            bytes,
            out,
            in,
            order.length == 0 ? Optional.empty() : Optional.of(order)));
  }
}
