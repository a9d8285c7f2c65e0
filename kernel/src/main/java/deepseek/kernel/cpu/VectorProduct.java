package deepseek.kernel.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y = x W^T} by the Vector API, for any width of vectors up to a block's 16 rows.
 *
 * <p>A whole number q of b bits becomes a float without conversion: its bits are put at the top of
 * the mantissa of 1, which makes {@code 1 + q / 2^b}. The ones are taken back by starting each sum
 * at {@code -(1 + zero / 2^b)} times the sum of the activations, which stay FP32.
 */
final class VectorProduct implements PackedKernels.Product {
  private static final VectorSpecies<Integer> I =
      IntVector.SPECIES_PREFERRED.length() > 16
          ? IntVector.SPECIES_512
          : IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, I.vectorShape());
  private static final VectorSpecies<Short> H =
      VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));

  private static final int ROWS = 16;
  private static final int LANES = I.length();
  private static final int LINE = 64;

  /** Rows of x at a time. */
  private static final int TILE = 4;

  private static final IntVector ONE = IntVector.broadcast(I, Float.floatToRawIntBits(1f));
  private static final IntVector TOP_4 = IntVector.broadcast(I, 0xf << 19);
  private static final IntVector TOP_8 = IntVector.broadcast(I, 0xff << 15);

  private final Weight form;
  private final WeightFormat format;
  private final boolean isFourBits;
  private final int groups;

  /** Columns that share a scale, and how many such there are in a block. */
  private final int span;

  private final int spans;

  /** What a sum starts with for each unit of activations, and what undoes the division by 2^b. */
  private final float start;

  private final float unit;
  private final Team team;

  VectorProduct(Weight form, int threads) {
    this.form = form;
    this.format = form.format();
    this.isFourBits = format.isFourBits();
    this.groups = Math.toIntExact(2 * Math.ceilDiv(form.in(), 64));
    this.span = format == WeightFormat.INT8_HALF ? 16 : 32;
    this.spans = 64 / span;
    float range = isFourBits ? 16 : 256;
    this.start = -(1 + format.zero() / range);
    this.unit = range;
    this.team = Team.of(threads);
  }

  /**
   * Rows of x next to each other.
   *
   * @param x [32 groups, rows]
   * @param sums of the columns that share a scale [spans, rows]
   */
  private record Tile(int rows, float[] x, float[] sums) {
    static Tile of(MemorySegment all, long row, int rows, long in, int groups, int span) {
      float[] x = new float[32 * groups * rows];
      float[] sums = new float[32 * groups / span * rows];
      for (int r = 0; r < rows; r++) {
        for (int k = 0; k < in; k++) {
          float value = all.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (row + r) * in + k);
          x[k * rows + r] = value;
          sums[k / span * rows + r] += value;
        }
      }
      return new Tile(rows, x, sums);
    }
  }

  @Override
  public void run(long weight, MemorySegment x, MemorySegment y, long rows) {
    int whole = (int) (rows / TILE);
    Tile[] tiles = new Tile[Math.toIntExact(whole + rows % TILE)];
    for (int t = 0; t < tiles.length; t++) {
      tiles[t] =
          t < whole
              ? Tile.of(x, (long) t * TILE, TILE, form.in(), groups, span)
              : Tile.of(x, (long) whole * TILE + t - whole, 1, form.in(), groups, span);
    }
    // By address: memory of one thread's arena may not be touched by the others otherwise.
    long bytes = rows * PackedKernels.wholeBlocks(form.out()) * Float.BYTES;
    long to = y.asSlice(0, bytes).address();
    team.run(
        Math.ceilDiv(form.out(), ROWS),
        (begin, end) -> {
          float[] out = new float[TILE * ROWS];
          for (long b = begin; b < end; b++) {
            block(weight, b, tiles, out, to);
          }
        });
    Reference.reachabilityFence(y);
  }

  private void block(long weight, long b, Tile[] tiles, float[] out, long y) {
    long at = weight + b * (groups / 2) * format.blockBytes();
    long apart = PackedKernels.wholeBlocks(form.out());
    long row = 0;
    for (Tile tile : tiles) {
      for (int n = 0; n < ROWS; n += LANES) {
        if (tile.rows == 1 && isFourBits) {
          one4(at, n, tile.x, tile.sums, out);
        } else if (tile.rows == 1) {
          one8(at, n, tile.x, tile.sums, out);
        } else {
          four(at, n, tile.x, tile.sums, out);
        }
      }
      for (int r = 0; r < tile.rows; r++) {
        long to = y + ((row + r) * apart + b * ROWS) * Float.BYTES;
        MemorySegment.copy(
            out, r * ROWS, AllMemory.SEGMENT, ValueLayout.JAVA_FLOAT_UNALIGNED, to, ROWS);
      }
      row += tile.rows;
    }
  }

  /**
   * Outputs n on of a block of 4-bit values for one row; a line has columns k and k + 4 in a byte.
   */
  private void one4(long block, int n, float[] x, float[] sums, float[] out) {
    boolean minima = format.hasMinima();
    FloatVector total = FloatVector.zero(F);
    for (int g = 0; g < groups; g++) {
      long at = block + (long) (g >> 1) * format.blockBytes();
      long factors = at + 512 + 32 * (g & 1) + 2L * n;
      float sum = sums[g];
      FloatVector low = splat(start * sum);
      FloatVector high = FloatVector.zero(F);
      for (int t = 0; t < 4; t++) {
        IntVector w = line(at + 256 * (g & 1) + 4L * n + LINE * t);
        int k = 32 * g + 8 * t;
        low = top4(w.lanewise(LSHL, 19)).fma(splat(x[k]), low);
        high = top4(w.lanewise(LSHL, 15)).fma(splat(x[k + 4]), high);
        low = top4(w.lanewise(LSHL, 11)).fma(splat(x[k + 1]), low);
        high = top4(w.lanewise(LSHL, 7)).fma(splat(x[k + 5]), high);
        low = top4(w.lanewise(LSHL, 3)).fma(splat(x[k + 2]), low);
        high = top4(w.lanewise(LSHR, 1)).fma(splat(x[k + 6]), high);
        low = top4(w.lanewise(LSHR, 5)).fma(splat(x[k + 3]), low);
        high = top4(w.lanewise(LSHR, 9)).fma(splat(x[k + 7]), high);
      }
      total = low.add(high).fma(halves(factors, unit), total);
      if (minima) {
        total = halves(factors + 64, 1).fma(splat(sum), total);
      }
    }
    total.intoArray(out, n);
  }

  /** The same for 8-bit values. */
  private void one8(long block, int n, float[] x, float[] sums, float[] out) {
    boolean minima = format.hasMinima();
    int lines = span / 4;
    FloatVector total = FloatVector.zero(F);
    for (int u = 0; u < sums.length; u++) {
      long at = block + (long) (u / spans) * format.blockBytes();
      long factors = at + 1024 + 32L * (u % spans) + 2L * n;
      float sum = sums[u];
      FloatVector even = splat(start * sum);
      FloatVector odd = FloatVector.zero(F);
      for (int t = 0; t < lines; t++) {
        IntVector w = line(at + (long) (u % spans) * lines * LINE + 4L * n + LINE * t);
        int k = span * u + 4 * t;
        even = top8(w.lanewise(LSHL, 15)).fma(splat(x[k]), even);
        odd = top8(w.lanewise(LSHL, 7)).fma(splat(x[k + 1]), odd);
        even = top8(w.lanewise(LSHR, 1)).fma(splat(x[k + 2]), even);
        odd = top8(w.lanewise(LSHR, 9)).fma(splat(x[k + 3]), odd);
      }
      total = even.add(odd).fma(halves(factors, unit), total);
      if (minima) {
        total = halves(factors + 64, 1).fma(splat(sum), total);
      }
    }
    total.intoArray(out, n);
  }

  /** Outputs n on of a block for four rows. */
  private void four(long block, int n, float[] x, float[] sums, float[] out) {
    boolean minima = format.hasMinima();
    int columns = isFourBits ? 8 : 4;
    int lines = span / columns;
    FloatVector total0 = FloatVector.zero(F);
    FloatVector total1 = total0;
    FloatVector total2 = total0;
    FloatVector total3 = total0;
    for (int u = 0; 4 * u < sums.length; u++) {
      long at = block + (long) (u / spans) * format.blockBytes();
      long factors = at + format.valueBytes() + 32L * (u % spans) + 2L * n;
      FloatVector a = splat(start * sums[4 * u]);
      FloatVector b = splat(start * sums[4 * u + 1]);
      FloatVector c = splat(start * sums[4 * u + 2]);
      FloatVector d = splat(start * sums[4 * u + 3]);
      for (int t = 0; t < lines; t++) {
        IntVector w = line(at + (long) (u % spans) * lines * LINE + 4L * n + LINE * t);
        int k = 4 * (span * u + columns * t);
        for (int i = 0; i < 4; i++) {
          FloatVector q = isFourBits ? top4(w.lanewise(LSHL, 19)) : top8(w.lanewise(LSHL, 15));
          a = q.fma(splat(x[k + 4 * i]), a);
          b = q.fma(splat(x[k + 4 * i + 1]), b);
          c = q.fma(splat(x[k + 4 * i + 2]), c);
          d = q.fma(splat(x[k + 4 * i + 3]), d);
          if (isFourBits) {
            q = top4(w.lanewise(LSHL, 15));
            a = q.fma(splat(x[k + 4 * i + 16]), a);
            b = q.fma(splat(x[k + 4 * i + 17]), b);
            c = q.fma(splat(x[k + 4 * i + 18]), c);
            d = q.fma(splat(x[k + 4 * i + 19]), d);
          }
          w = w.lanewise(LSHR, 8);
        }
      }
      FloatVector scale = halves(factors, unit);
      total0 = a.fma(scale, total0);
      total1 = b.fma(scale, total1);
      total2 = c.fma(scale, total2);
      total3 = d.fma(scale, total3);
      if (minima) {
        FloatVector minimum = halves(factors + 64, 1);
        total0 = minimum.fma(splat(sums[4 * u]), total0);
        total1 = minimum.fma(splat(sums[4 * u + 1]), total1);
        total2 = minimum.fma(splat(sums[4 * u + 2]), total2);
        total3 = minimum.fma(splat(sums[4 * u + 3]), total3);
      }
    }
    total0.intoArray(out, n);
    total1.intoArray(out, ROWS + n);
    total2.intoArray(out, 2 * ROWS + n);
    total3.intoArray(out, 3 * ROWS + n);
  }

  private static IntVector line(long at) {
    return IntVector.fromMemorySegment(I, AllMemory.SEGMENT, at, ByteOrder.LITTLE_ENDIAN);
  }

  private static FloatVector splat(float x) {
    return FloatVector.broadcast(F, x);
  }

  private static FloatVector top4(IntVector shifted) {
    return shifted.and(TOP_4).or(ONE).reinterpretAsFloats();
  }

  private static FloatVector top8(IntVector shifted) {
    return shifted.and(TOP_8).or(ONE).reinterpretAsFloats();
  }

  /** float16 numbers times a power of two. */
  private static FloatVector halves(long at, float factor) {
    ShortVector halves =
        ShortVector.fromMemorySegment(H, AllMemory.SEGMENT, at, ByteOrder.LITTLE_ENDIAN);
    IntVector bits = (IntVector) halves.convertShape(ZERO_EXTEND_S2I, I, 0);
    IntVector size = bits.and(0x7fff);
    FloatVector value = size.lanewise(LSHL, 13).reinterpretAsFloats().mul(0x1p112f * factor);
    IntVector sign = bits.and(0x8000).lanewise(LSHL, 16);
    FloatVector finite = value.reinterpretAsInts().or(sign).reinterpretAsFloats();
    return finite.blend(Float.NaN, size.compare(GE, 0x7c00).cast(F));
  }

  @Override
  public void close() {
    // What it holds is Java's.
  }
}
