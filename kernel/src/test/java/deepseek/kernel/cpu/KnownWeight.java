package deepseek.kernel.cpu;

import deepseek.GgmlType;
import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * A random weight [out, in] of any format, and the numbers that it represents.
 *
 * @param values [out, in]
 */
record KnownWeight(WeightOperand weight, double[] values) {
  /** Numbers between -1 and 1. Plain weights are unaligned, as in files. */
  static KnownWeight random(
      Arena arena, Random random, CpuKernels kernels, WeightFormat format, int out, int in) {
    double[] values = new double[out * in];
    if (!format.isPacked()) {
      MemorySegment data = NativeMemory.zeros(format.bytes(out, in) + 4, arena).asSlice(4);
      for (int i = 0; i < values.length; i++) {
        values[i] = put(data, format, i, random.nextFloat() * 2 - 1);
      }
      return new KnownWeight(new WeightOperand(format, data.address(), in, out), values);
    }
    MemorySegment plain = Floats.random(arena, random, values.length);
    MemorySegment data = NativeMemory.zeros(format.bytes(out, in), arena);
    CpuKernels.UnpackedWeight stored =
        new CpuKernels.UnpackedWeight(
            GgmlType.F32, plain.address(), in * (long) Float.BYTES, in, out, 0);
    kernels.pack(stored, format, data.address(), 0, Math.ceilDiv(out, 16));
    WeightOperand weight = new WeightOperand(format, data.address(), in, out);
    MemorySegment row = NativeMemory.zeros(in * (long) Float.BYTES, arena);
    for (int n = 0; n < out; n++) {
      kernels.unpack(weight, n, row.address());
      for (int k = 0; k < in; k++) {
        values[n * in + k] = Floats.at(row, k);
      }
    }
    return new KnownWeight(weight, values);
  }

  /** Rounds a value, stores it and returns it. */
  private static double put(MemorySegment to, WeightFormat format, long place, float value) {
    if (format == WeightFormat.F32) {
      to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, place, value);
      return value;
    }
    int bits = Float.floatToRawIntBits(value) >>> Short.SIZE;
    short half = format == WeightFormat.F16 ? Float.floatToFloat16(value) : (short) bits;
    to.setAtIndex(ValueLayout.JAVA_SHORT, place, half);
    return format == WeightFormat.F16
        ? Float.float16ToFloat(half)
        : Float.intBitsToFloat(bits << Short.SIZE);
  }

  double at(long row, long column) {
    return values[Math.toIntExact(row * weight.in() + column)];
  }

  /** The dot product of row {@code row} and x from {@code from} on. */
  double dot(long row, double[] x, int from) {
    double sum = 0;
    for (int k = 0; k < weight.in(); k++) {
      sum += at(row, k) * x[from + k];
    }
    return sum;
  }
}
