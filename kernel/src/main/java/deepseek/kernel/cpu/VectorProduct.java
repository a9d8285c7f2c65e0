package deepseek.kernel.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y = x W^T} with the Vector API, for any vector length up to a block's 16 rows.
 *
 * <p>Quantised values are masked but not shifted before the conversion to float: the activation
 * they are multiplied by was divided by that power of two instead. Sums start at the contribution
 * of the format's zero point. Activations stay FP32.
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

  /** Blocks of 16 rows processed together: at least two vectors of outputs. */
  private static final int BLOCKS = Math.ceilDiv(2 * LANES, ROWS);

  /** Groups processed together, a few memory pages. */
  private static final int CHUNK = 56;

  /** Rows of x processed together. */
  private static final int TILE = 4;

  /** The float16 exponent of infinity and NaN, shifted left by 13 bits. */
  private static final int INFINITE = 0x7c00 << 13;

  // Vector constants rather than broadcasts at their uses, because C2 limits inlining.
  private static final IntVector FOUR_AT_0 = IntVector.broadcast(I, 0xf);
  private static final IntVector FOUR_AT_4 = IntVector.broadcast(I, 0xf << 4);
  private static final IntVector FOUR_AT_8 = IntVector.broadcast(I, 0xf << 8);
  private static final IntVector FOUR_AT_12 = IntVector.broadcast(I, 0xf << 12);
  private static final IntVector FOUR_AT_16 = IntVector.broadcast(I, 0xf << 16);
  private static final IntVector FOUR_AT_20 = IntVector.broadcast(I, 0xf << 20);
  private static final IntVector FOUR_AT_24 = IntVector.broadcast(I, 0xf << 24);
  private static final IntVector EIGHT_AT_0 = IntVector.broadcast(I, 0xff);
  private static final IntVector EIGHT_AT_8 = IntVector.broadcast(I, 0xff << 8);
  private static final IntVector EIGHT_AT_16 = IntVector.broadcast(I, 0xff << 16);

  private final WeightOperand form;
  private final WeightFormat format;
  private final boolean isFourBits;
  private final int groups;
  private final long blocks;

  /** Bytes of a block's 16 rows. */
  private final long blockRow;

  /** Columns that share a scale, and the number of such spans in a block. */
  private final int span;

  private final int spans;

  /** The initial value of a sum per unit of the activations' sum. */
  private final float start;

  private final float[] places;
  private final Team team;

  /** Only written, so that the JIT doesn't remove the loads. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  VectorProduct(WeightOperand form, int threads) {
    this.form = form;
    this.format = form.format();
    this.isFourBits = format.isFourBits();
    this.groups = Math.toIntExact(2 * Math.ceilDiv(form.in(), 64));
    this.blocks = Math.ceilDiv(form.out(), ROWS);
    this.blockRow = (long) groups / 2 * format.blockBytes();
    this.span = format == WeightFormat.INT8_HALF ? 16 : 32;
    this.spans = 64 / span;
    this.start = -format.zero();
    this.places = places(isFourBits);
    this.team = Team.of(threads);
  }

  /**
   * Rows of x, interleaved.
   *
   * @param x [32 groups, rows]
   * @param sums of the columns that share a scale [spans, rows]
   */
  private record Tile(int rows, float[] x, float[] sums) {}

  /**
   * A tile of rows from {@code row} on; the columns of a single row are divided by {@link #places}.
   */
  private Tile tile(MemorySegment all, long row, int rows) {
    int in = Math.toIntExact(form.in());
    float[] x = new float[32 * groups * rows];
    float[] sums = new float[32 * groups / span * rows];
    for (int r = 0; r < rows; r++) {
      for (int u = 0; u * span < in; u++) {
        float sum = 0;
        for (int k = u * span; k < Math.min(in, (u + 1) * span); k++) {
          float value = all.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (row + r) * in + k);
          x[k * rows + r] = rows == 1 ? value * places[k % places.length] : value;
          sum += value;
        }
        sums[u * rows + r] = sum;
      }
    }
    return new Tile(rows, x, sums);
  }

  /** The factor per column of a word that compensates for the missing shift; 1 for the topmost. */
  private static float[] places(boolean isFourBits) {
    float[] places = new float[isFourBits ? 8 : 4];
    for (int k = 0; k < places.length; k++) {
      places[k] = Math.scalb(1f, -8 * (k % 4) - 4 * (k / 4));
    }
    places[places.length - 1] = 1;
    return places;
  }

  @Override
  public void run(long weight, MemorySegment x, MemorySegment y, long rows) {
    int whole = (int) (rows / TILE);
    Tile[] tiles = new Tile[Math.toIntExact(whole + rows % TILE)];
    for (int t = 0; t < tiles.length; t++) {
      tiles[t] =
          t < whole ? tile(x, (long) t * TILE, TILE) : tile(x, (long) whole * TILE + t - whole, 1);
    }
    // By address, because a confined arena's segments can't be accessed by other threads.
    long bytes = rows * PackedKernels.wholeBlocks(form.out()) * Float.BYTES;
    long to = y.asSlice(0, bytes).address();
    try {
      team.run(
          Math.ceilDiv(blocks, BLOCKS),
          (begin, end) -> {
            float[] out = new float[TILE * ROWS];
            for (long i = begin; i < end; i++) {
              multiply(weight, i * BLOCKS, tiles, out, to);
            }
          });
    } finally {
      Reference.reachabilityFence(y);
    }
  }

  /** Multiplies by {@link #BLOCKS} blocks from b on. */
  private void multiply(long weight, long b, Tile[] tiles, float[] out, long y) {
    long apart = PackedKernels.wholeBlocks(form.out());
    long end = Math.min(b + BLOCKS, blocks);
    long row = 0;
    for (Tile tile : tiles) {
      if (tile.rows == 1) {
        one(weight, b, tile, out);
        store(out, 0, y + (row * apart + b * ROWS) * Float.BYTES, (int) (end - b) * ROWS);
      } else {
        for (long i = b; i < end; i++) {
          for (int n = 0; n < ROWS; n += LANES) {
            four(weight + i * blockRow, n, tile.x, tile.sums, out);
          }
          for (int r = 0; r < TILE; r++) {
            store(out, r * ROWS, y + ((row + r) * apart + i * ROWS) * Float.BYTES, ROWS);
          }
        }
      }
      row += tile.rows;
    }
  }

  private static void store(float[] out, int from, long to, int count) {
    MemorySegment.copy(out, from, AllMemory.SEGMENT, ValueLayout.JAVA_FLOAT_UNALIGNED, to, count);
  }

  /**
   * Addresses of the values and factors of two vectors of outputs, which share the activations.
   *
   * @param at their index in the result
   */
  private record Pair(long values, long factors, long values2, long factors2, int at) {}

  /** Multiplies blocks from b on by one row. */
  private void one(long weight, long b, Tile tile, float[] out) {
    Arrays.fill(out, 0, BLOCKS * ROWS, 0);
    long end = weight + blocks * blockRow;
    for (int n = 0; n < BLOCKS * ROWS; n += 2 * LANES) {
      int m = n + LANES;
      long block = weight + b * blockRow;
      // An odd last block is computed twice.
      long block2 = weight + Math.min(b + m / ROWS, blocks - 1) * blockRow;
      Pair pair =
          new Pair(
              block + 4L * n,
              block + format.valueBytes() + 2L * n,
              block2 + 4L * (m % ROWS),
              block2 + format.valueBytes() + 2L * (m % ROWS),
              n);
      for (int g = 0; g < groups; g += CHUNK) {
        int until = Math.min(g + CHUNK, groups);
        long next = (long) (until >> 1) * format.blockBytes();
        touch(block + next, end);
        if (block2 != block) {
          touch(block2 + next, end);
        }
        if (isFourBits) {
          one4(pair, g, until, tile, out);
        } else {
          one8(pair, g, until, tile, out);
        }
        if (format.hasMinima()) {
          minima(pair.factors + 64, g, until, tile, out, n);
          minima(pair.factors2 + 64, g, until, tile, out, m);
        }
      }
    }
  }

  /**
   * Reads a word of each cache line of a chunk, for lack of a prefetch instruction: loads on which
   * nothing depends overlap.
   */
  private void touch(long chunk, long end) {
    long seen = 0;
    long until = Math.min(chunk + (long) CHUNK / 2 * format.blockBytes(), end);
    int bytes = (int) (until - chunk);
    for (int i = 0; i < bytes; i += LINE) {
      seen += AllMemory.word(chunk + i);
    }
    touched = seen;
  }

  /**
   * Adds groups begin to end of 4-bit values; a line holds columns k and k + 4 in one byte.
   *
   * <p>Calls other than vector operations come first: after about thirty of those the JIT compiler
   * stops inlining our methods.
   */
  private void one4(Pair pair, int begin, int end, Tile tile, float[] out) {
    float[] x = tile.x;
    FloatVector total = FloatVector.fromArray(F, out, pair.at);
    FloatVector total2 = FloatVector.fromArray(F, out, pair.at + LANES);
    FloatVector scale = FloatVector.zero(F);
    FloatVector scale2 = scale;
    FloatVector a = scale;
    FloatVector b = scale;
    FloatVector a2 = scale;
    FloatVector b2 = scale;
    for (int t = 4 * begin; t < 4 * end; t++) {
      long block = (long) (t >> 3) * format.blockBytes();
      if ((t & 3) == 0) {
        total = a.add(b).fma(scale, total);
        total2 = a2.add(b2).fma(scale2, total2);
        scale = halves(pair.factors + block + 8L * (t & 4));
        scale2 = halves(pair.factors2 + block + 8L * (t & 4));
        a = FloatVector.broadcast(F, start * tile.sums[t >> 2]);
        a2 = a;
        b = FloatVector.zero(F);
        b2 = b;
      }
      long line = block + (long) LINE * (t & 7);
      IntVector w = line(pair.values + line);
      IntVector w2 = line(pair.values2 + line);
      FloatVector v = FloatVector.broadcast(F, x[8 * t]);
      a = ((FloatVector) w.and(FOUR_AT_0).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(FOUR_AT_0).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[8 * t + 4]);
      b = ((FloatVector) w.and(FOUR_AT_4).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.and(FOUR_AT_4).convertShape(I2F, F, 0)).fma(v, b2);
      v = FloatVector.broadcast(F, x[8 * t + 1]);
      a = ((FloatVector) w.and(FOUR_AT_8).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(FOUR_AT_8).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[8 * t + 5]);
      b = ((FloatVector) w.and(FOUR_AT_12).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.and(FOUR_AT_12).convertShape(I2F, F, 0)).fma(v, b2);
      v = FloatVector.broadcast(F, x[8 * t + 2]);
      a = ((FloatVector) w.and(FOUR_AT_16).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(FOUR_AT_16).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[8 * t + 6]);
      b = ((FloatVector) w.and(FOUR_AT_20).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.and(FOUR_AT_20).convertShape(I2F, F, 0)).fma(v, b2);
      v = FloatVector.broadcast(F, x[8 * t + 3]);
      a = ((FloatVector) w.and(FOUR_AT_24).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(FOUR_AT_24).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[8 * t + 7]);
      b = ((FloatVector) w.lanewise(LSHR, 28).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.lanewise(LSHR, 28).convertShape(I2F, F, 0)).fma(v, b2);
    }
    a.add(b).fma(scale, total).intoArray(out, pair.at);
    a2.add(b2).fma(scale2, total2).intoArray(out, pair.at + LANES);
  }

  /** The same for 8-bit values. */
  private void one8(Pair pair, int begin, int end, Tile tile, float[] out) {
    float[] x = tile.x;
    int lines = span / 4;
    FloatVector total = FloatVector.fromArray(F, out, pair.at);
    FloatVector total2 = FloatVector.fromArray(F, out, pair.at + LANES);
    FloatVector scale = FloatVector.zero(F);
    FloatVector scale2 = scale;
    FloatVector a = scale;
    FloatVector b = scale;
    FloatVector a2 = scale;
    FloatVector b2 = scale;
    for (int t = 8 * begin; t < 8 * end; t++) {
      long block = (long) (t >> 4) * format.blockBytes();
      if (t % lines == 0) {
        total = a.add(b).fma(scale, total);
        total2 = a2.add(b2).fma(scale2, total2);
        int u = t / lines;
        scale = halves(pair.factors + block + 32L * (u % spans));
        scale2 = halves(pair.factors2 + block + 32L * (u % spans));
        a = FloatVector.broadcast(F, start * tile.sums[u]);
        a2 = a;
        b = FloatVector.zero(F);
        b2 = b;
      }
      long line = block + (long) LINE * (t & 15);
      IntVector w = line(pair.values + line);
      IntVector w2 = line(pair.values2 + line);
      FloatVector v = FloatVector.broadcast(F, x[4 * t]);
      a = ((FloatVector) w.and(EIGHT_AT_0).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(EIGHT_AT_0).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[4 * t + 1]);
      b = ((FloatVector) w.and(EIGHT_AT_8).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.and(EIGHT_AT_8).convertShape(I2F, F, 0)).fma(v, b2);
      v = FloatVector.broadcast(F, x[4 * t + 2]);
      a = ((FloatVector) w.and(EIGHT_AT_16).convertShape(I2F, F, 0)).fma(v, a);
      a2 = ((FloatVector) w2.and(EIGHT_AT_16).convertShape(I2F, F, 0)).fma(v, a2);
      v = FloatVector.broadcast(F, x[4 * t + 3]);
      b = ((FloatVector) w.lanewise(LSHR, 24).convertShape(I2F, F, 0)).fma(v, b);
      b2 = ((FloatVector) w2.lanewise(LSHR, 24).convertShape(I2F, F, 0)).fma(v, b2);
    }
    a.add(b).fma(scale, total).intoArray(out, pair.at);
    a2.add(b2).fma(scale2, total2).intoArray(out, pair.at + LANES);
  }

  /** Adds the minima of groups begin to end, each multiplied by the sum of its activations. */
  private void minima(long factors, int begin, int end, Tile tile, float[] out, int at) {
    FloatVector total = FloatVector.fromArray(F, out, at);
    for (int g = begin; g < end; g++) {
      FloatVector minimum = halves(factors + (long) (g >> 1) * format.blockBytes() + 32L * (g & 1));
      total = minimum.fma(splat(tile.sums[g]), total);
    }
    total.intoArray(out, at);
  }

  /** Multiplies a block's outputs from n on by four rows. */
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
        IntVector w = line(at + (long) (u % spans) * lines * LINE + 4L * n + (long) LINE * t);
        int k = 4 * (span * u + columns * t);
        for (int i = 0; i < 4; i++) {
          FloatVector q = isFourBits ? floats(w.and(FOUR_AT_0)) : floats(w.and(EIGHT_AT_0));
          a = q.fma(splat(x[k + 4 * i]), a);
          b = q.fma(splat(x[k + 4 * i + 1]), b);
          c = q.fma(splat(x[k + 4 * i + 2]), c);
          d = q.fma(splat(x[k + 4 * i + 3]), d);
          if (isFourBits) {
            q = floats(w.lanewise(LSHR, 4).and(FOUR_AT_0));
            a = q.fma(splat(x[k + 4 * i + 16]), a);
            b = q.fma(splat(x[k + 4 * i + 17]), b);
            c = q.fma(splat(x[k + 4 * i + 18]), c);
            d = q.fma(splat(x[k + 4 * i + 19]), d);
          }
          w = w.lanewise(LSHR, 8);
        }
      }
      FloatVector scale = halves(factors);
      total0 = a.fma(scale, total0);
      total1 = b.fma(scale, total1);
      total2 = c.fma(scale, total2);
      total3 = d.fma(scale, total3);
      if (minima) {
        FloatVector minimum = halves(factors + 64);
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

  private static FloatVector floats(IntVector words) {
    return (FloatVector) words.convertShape(I2F, F, 0);
  }

  private static FloatVector halves(long at) {
    ShortVector halves =
        ShortVector.fromMemorySegment(H, AllMemory.SEGMENT, at, ByteOrder.LITTLE_ENDIAN);
    // The sign is extended upwards, the exponent's bias is 112 too low.
    IntVector bits = (IntVector) halves.convertShape(S2I, I, 0);
    IntVector moved = bits.lanewise(LSHL, 13).and(0x8fffe000);
    FloatVector value = moved.reinterpretAsFloats().mul(0x1p112f);
    return value.blend(Float.NaN, moved.and(INFINITE).compare(EQ, INFINITE).cast(F));
  }

  @Override
  public void close() {
    // Holds no native memory.
  }
}
