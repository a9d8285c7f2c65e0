package deepseek.kernel.cpu;

import deepseek.GgmlType;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Decides whether AMX is used: only if the compiler supports it, and small products of 16 rows with
 * AMX agree with those of single rows with AVX-512. The C was developed under an emulator of AMX.
 */
public final class TileCheck {
  private static final System.Logger LOG = System.getLogger(TileCheck.class.getName());
  private static final byte[] AGREES = "agrees".getBytes(StandardCharsets.US_ASCII);
  private static final int ROWS = 16;
  private static final int OUT = 32;
  private static final int IN = 192;

  private TileCheck() {}

  /** These features, without AMX if it can't be used; the reason is logged. */
  public static CpuFeatures usable(CpuFeatures features, KernelCache cache, CCompiler compiler) {
    return features.hasTiles() && !isUsable(features, cache, compiler)
        ? features.withoutTiles()
        : features;
  }

  /** Checked once per processor, compiler and source: a positive result is cached. */
  private static boolean isUsable(CpuFeatures features, KernelCache cache, CCompiler compiler) {
    KernelCache.Key key =
        new KernelCache.Key(
            "cpu-kernels",
            "tiles",
            List.of(
                CpuFeatures.processor(),
                String.join(" ", features.compilerFlags()),
                compiler.version(),
                CpuKernels.source()));
    if (cache.kept(key).isPresent()) {
      return true;
    }
    String reason = "its products differ from AVX-512's on this processor";
    try {
      CpuTuning tuning = CpuTuning.USUAL.with(CpuTuning.Choice.BFLOATS, 0);
      if (agrees(CpuKernels.compiled(new CompiledCode(cache, compiler), features, tuning))) {
        cache.keep(key, AGREES);
        return true;
      }
    } catch (KernelException e) {
      reason = e.getMessage();
    }
    LOG.log(System.Logger.Level.WARNING, "AVX-512 does what AMX would do faster: {0}", reason);
    return false;
  }

  /** Whether 16 rows at once give the results of single rows, for each kind of product. */
  static boolean agrees(CpuKernels kernels) {
    return agrees(kernels, WeightFormat.INT4, WeightOperand.Activations.BITS_16, 1e-5)
        && agrees(kernels, WeightFormat.INT8, WeightOperand.Activations.BITS_16, 1e-5)
        && agrees(kernels, WeightFormat.INT8_HALF, WeightOperand.Activations.BITS_16, 1e-5)
        // Single rows are rounded to 16 bits in any case.
        && agrees(kernels, WeightFormat.INT8, WeightOperand.Activations.BITS_8, 3e-2)
        && agrees(kernels, WeightFormat.BF16, WeightOperand.Activations.BITS_16, 1e-4);
  }

  /**
   * Compares the products of one weight.
   *
   * @param share the tolerance, relative to the typical magnitude
   */
  private static boolean agrees(
      CpuKernels kernels,
      WeightFormat format,
      WeightOperand.Activations activations,
      double share) {
    Random random = new Random(5);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment plain = numbers(arena, random, (long) OUT * IN);
      MemorySegment stored = arena.allocate(format.bytes(OUT, IN), 64);
      if (format.isPacked()) {
        kernels.pack(
            new CpuKernels.UnpackedWeight(GgmlType.F32, plain.address(), IN * 4L, IN, OUT, 0),
            format,
            stored.address(),
            0,
            OUT / 16);
      } else {
        for (long i = 0; i < (long) OUT * IN; i++) {
          int bits = Float.floatToRawIntBits(plain.getAtIndex(ValueLayout.JAVA_FLOAT, i));
          stored.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> Short.SIZE));
        }
      }
      WeightOperand weight = new WeightOperand(format, stored.address(), IN, OUT, activations);
      MemorySegment x = numbers(arena, random, (long) ROWS * IN);
      MemorySegment together = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * OUT);
      MemorySegment alone = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * OUT);
      try (CompiledProduct product = new CompiledProduct(kernels, weight, 1)) {
        product.run(stored.address(), x, together, ROWS);
        for (int row = 0; row < ROWS; row++) {
          product.run(
              stored.address(),
              x.asSlice((long) row * IN * Float.BYTES),
              alone.asSlice((long) row * OUT * Float.BYTES),
              1);
        }
      }
      return agree(
          together.toArray(ValueLayout.JAVA_FLOAT), alone.toArray(ValueLayout.JAVA_FLOAT), share);
    }
  }

  private static boolean agree(float[] some, float[] others, double share) {
    double squares = 0;
    double most = 0;
    for (int i = 0; i < some.length; i++) {
      squares += (double) others[i] * others[i];
      most = Math.max(most, Math.abs((double) some[i] - others[i])); // keeps NaN
    }
    return most <= share * Math.sqrt(squares / some.length);
  }

  private static MemorySegment numbers(Arena arena, Random random, long count) {
    MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
    return all;
  }
}
