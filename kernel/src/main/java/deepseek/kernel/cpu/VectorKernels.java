package deepseek.kernel.cpu;

import deepseek.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Packed weights in Java, with products on the JDK's Vector API, for machines without a C compiler.
 * The layout is that of pack.c; activations stay FP32.
 *
 * <p>The Vector API is an incubator module: {@link #isAvailable} says whether the JVM was started
 * with {@code --add-modules jdk.incubator.vector}; without it no class that needs it is loaded.
 */
public final class VectorKernels implements PackedKernels {
  static final String MODULE = "jdk.incubator.vector";
  private static final int ROWS = 16;
  private static final int WARM_ROUNDS = 1000;
  private static final long MOST_WAIT_MILLIS = 5000;

  private final Thread warmUp =
      Thread.ofPlatform().daemon().name("vector-kernels").unstarted(this::warm);

  VectorKernels() {}

  /**
   * The kernels of this JVM, while their code is warmed up in the background: until it is
   * JIT-compiled, vectors are heap objects and products take a hundred times as long.
   */
  static VectorKernels started() {
    VectorKernels kernels = new VectorKernels();
    kernels.warmUp.start();
    return kernels;
  }

  /** Runs every code path, so that the JIT compiles all of them. */
  private void warm() {
    long width = 128;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, 5 * width);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, 5L * ROWS);
      List<WeightOperand> weights =
          Stream.of(WeightFormat.values())
              .filter(WeightFormat::isPacked)
              .map(
                  f ->
                      new WeightOperand(
                          f, arena.allocate(f.bytes(ROWS, width), 64).address(), width, ROWS))
              .toList();
      List<VectorProduct> products = weights.stream().map(w -> new VectorProduct(w, 1)).toList();
      for (int round = 0; round < WARM_ROUNDS; round++) {
        for (int i = 0; i < weights.size(); i++) {
          products.get(i).run(weights.get(i).address(), x, y, 5);
        }
      }
    }
  }

  /** Whether the JVM has the Vector API. */
  public static boolean isAvailable() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  @Override
  public void pack(
      CpuKernels.UnpackedWeight stored, WeightFormat format, long packed, long begin, long end) {
    long pairs = Math.ceilDiv(stored.in(), 64);
    byte[] blocks = new byte[Math.toIntExact(format.bytes(ROWS, stored.in()))];
    StoredGroup group = new StoredGroup();
    for (long b = begin; b < end; b++) {
      Arrays.fill(blocks, (byte) 0);
      for (int n = 0; n < Math.min(ROWS, stored.out() - b * ROWS); n++) {
        packRow(stored, format, b * ROWS + n, n, group, blocks);
      }
      MemorySegment.copy(
          blocks,
          0,
          AllMemory.SEGMENT,
          ValueLayout.JAVA_BYTE,
          packed + b * pairs * format.blockBytes(),
          blocks.length);
    }
  }

  private static void packRow(
      CpuKernels.UnpackedWeight stored,
      WeightFormat format,
      long row,
      int n,
      StoredGroup group,
      byte[] blocks) {
    long from =
        stored.order() == 0
            ? row
            : AllMemory.SEGMENT.get(ValueLayout.JAVA_LONG, stored.order() + 8 * row);
    long address = stored.address() + from * stored.rowBytes();
    GgmlType type = stored.type();
    boolean isPlain = type.blockSize() == 1;
    for (int g = 0; 32L * g < stored.in(); g++) {
      if (isPlain) {
        group.round(type, format, address, g, stored.in());
      } else {
        group.read(type, address, g);
      }
      int block = g / 2 * format.blockBytes();
      place(group, format, blocks, block, g % 2, n);
    }
  }

  private static void place(
      StoredGroup group, WeightFormat format, byte[] blocks, int block, int half, int n) {
    for (int i = 0; i < 32; i++) {
      int at = 32 * half + i;
      if (format.isFourBits()) {
        blocks[block + at / 8 * 64 + 4 * n + at % 4] |= (byte) (group.q[i] << (at & 4));
      } else {
        blocks[block + at / 4 * 64 + 4 * n + at % 4] = group.q[i];
      }
    }
    int factors = block + format.valueBytes();
    if (format == WeightFormat.INT8_HALF) {
      put(blocks, factors + 2 * (32 * half + n), group.scale);
      put(blocks, factors + 2 * (32 * half + 16 + n), group.second);
    } else {
      put(blocks, factors + 2 * (16 * half + n), group.scale);
    }
    if (format.hasMinima()) {
      put(blocks, factors + 2 * (32 + 16 * half + n), group.minimum);
    }
  }

  private static void put(byte[] blocks, int at, float value) {
    short half = Float.floatToFloat16(value);
    blocks[at] = (byte) half;
    blocks[at + 1] = (byte) (half >> 8);
  }

  @Override
  public void unpack(WeightOperand weight, long row, long to) {
    WeightFormat format = weight.format();
    long pairs = Math.ceilDiv(weight.in(), 64);
    long n = row % ROWS;
    for (long k = 0; k < weight.in(); k++) {
      long block = weight.address() + (row / ROWS * pairs + k / 64) * format.blockBytes();
      long factors = block + format.valueBytes();
      long at = k % 64;
      long scale = format == WeightFormat.INT8_HALF ? at / 16 : at / 32;
      int q =
          format.isFourBits()
              ? AllMemory.unsigned(block + at / 8 * 64 + 4 * n + at % 4) >> (at & 4) & 15
              : AllMemory.unsigned(block + at / 4 * 64 + 4 * n + at % 4);
      float value = number(factors + 2 * (16 * scale + n)) * (q - format.zero());
      if (format.hasMinima()) {
        value += number(factors + 2 * (32 + at / 32 * 16 + n));
      }
      AllMemory.SEGMENT.set(ValueLayout.JAVA_FLOAT_UNALIGNED, to + 4 * k, value);
    }
  }

  private static float number(long at) {
    return Float.float16ToFloat(AllMemory.half(at));
  }

  @Override
  public Product product(WeightOperand form, int threads) {
    try {
      warmUp.join(MOST_WAIT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new VectorProduct(form, threads);
  }
}
