package deepseek.kernel.tune;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * One variant of a kernel, timed.
 *
 * @param value the width, or whatever is varied
 * @param median nanoseconds per launch, or the ratio to the default's
 * @param spread the interquartile range of all times
 * @param agrees whether its result equals the default's
 */
public record Measured(int value, double median, double spread, boolean agrees) {
  /** Statistics of the times of all rounds. */
  public static Measured of(int value, DoubleStream times, boolean agrees) {
    double[] sorted = times.sorted().toArray();
    return new Measured(value, at(sorted, 0.5), at(sorted, 0.75) - at(sorted, 0.25), agrees);
  }

  private static double at(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  private boolean beats(Measured usual) {
    return agrees && usual.median - median > Math.max(usual.spread, spread);
  }

  /** The fastest that beats the first by more than the spread of both, else the first. */
  public static Measured best(List<Measured> measured) {
    Measured best = measured.getFirst();
    for (Measured variant : measured) {
      if (variant.beats(measured.getFirst()) && variant.median < best.median) {
        best = variant;
      }
    }
    return best;
  }

  /** Whether results agree: sums in another order up to rounding, integers exactly. */
  public static boolean agree(MemorySegment result, MemorySegment usual) {
    double size = 0;
    long count = usual.byteSize() / Float.BYTES;
    for (long i = 0; i < count; i++) {
      size = Math.max(size, Math.abs(usual.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
    }
    for (long i = 0; i < count; i++) {
      float a = result.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float b = usual.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      boolean same = Float.floatToRawIntBits(a) == Float.floatToRawIntBits(b);
      if (!same && !(Math.abs(a - b) <= 1e-4 * size)) {
        return false;
      }
    }
    return true;
  }
}
