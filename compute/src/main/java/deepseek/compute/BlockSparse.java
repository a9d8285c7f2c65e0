package deepseek.compute;

import deepseek.kernel.cpu.BlockWeight;
import deepseek.kernel.cpu.SparseProduct;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A weight [out, in] of which only some blocks are kept, of 16 rows and 64 columns each; the rest
 * is zero and costs neither memory nor time. Blocks are plain (float32, float16, bfloat16) or
 * packed as in a {@link QTensor}.
 *
 * <p>Products are computed on the CPU and have no gradients. A planned step refuses such a weight:
 * a model that has one runs layer by layer.
 */
public final class BlockSparse implements Weight {
  /** Rows of a block. */
  public static final int ROWS = BlockWeight.ROWS;

  /** Columns of a block. */
  public static final int COLUMNS = BlockWeight.COLUMNS;

  private static final String KEEP = "keep blocks of a weight";

  // The blocks, then where each row of blocks begins, then the blocks' columns.
  private final Tensor bytes;
  private final BlockWeight form;

  private BlockSparse(Tensor bytes, BlockWeight form) {
    this.bytes = bytes;
    this.form = form;
  }

  /** The blocks of a plain weight that aren't zero. */
  public static BlockSparse of(Tensor weight) {
    PlainMatrix plain = PlainMatrix.of(KEEP, weight);
    return of(plain, plain.format(), nonZero(plain));
  }

  /**
   * The blocks of a plain weight that a mask names.
   *
   * @param mask BOOL [ceil(out / 16), ceil(in / 64)]
   */
  public static BlockSparse of(Tensor weight, Tensor mask) {
    PlainMatrix plain = PlainMatrix.of(KEEP, weight);
    return of(plain, plain.format(), values(mask, plain.out(), plain.in()));
  }

  /** The blocks that aren't zero, rounded to 4 or 8 bits. */
  public static BlockSparse quantise(Tensor weight, QTensor.Bits bits) {
    PlainMatrix plain = PlainMatrix.of(KEEP, weight);
    return of(plain, bits.format(), nonZero(plain));
  }

  /** The blocks that a mask names, rounded to 4 or 8 bits. */
  public static BlockSparse quantise(Tensor weight, QTensor.Bits bits, Tensor mask) {
    PlainMatrix plain = PlainMatrix.of(KEEP, weight);
    return of(plain, bits.format(), values(mask, plain.out(), plain.in()));
  }

  /** The blocks of a packed weight that a mask names, as they are. */
  public static BlockSparse of(QTensor weight, Tensor mask) {
    boolean[] kept = values(mask, weight.out(), weight.in());
    BlockSparse made = laidOut(weight.form(KEEP).format(), weight.out(), weight.in(), kept);
    long size = BlockWeight.blockBytes(made.form.format());
    MemorySegment from = weight.tensor().memory(KEEP);
    MemorySegment to = made.bytes.memory(KEEP);
    long[] places = places(kept);
    for (int at = 0; at < places.length; at++) {
      to.asSlice(at * size, size).copyFrom(from.asSlice(places[at] * size, size));
    }
    return made;
  }

  private static BlockSparse of(PlainMatrix plain, WeightFormat format, boolean[] kept) {
    BlockSparse made = laidOut(format, plain.out(), plain.in(), kept);
    long across = Math.ceilDiv(plain.in(), COLUMNS);
    long[] places = places(kept);
    Ranges.inParallel(
        places.length,
        (begin, end) -> {
          for (long at = begin; at < end; at++) {
            long place = places[(int) at];
            made.form.pack(Kernels.ofSparse(), plain.stored(), at, place / across, place % across);
          }
        });
    return made;
  }

  /** Memory for the kept blocks, with everything but their values. */
  private static BlockSparse laidOut(WeightFormat format, long out, long in, boolean[] kept) {
    Kernels.ofSparse();
    int across = Math.toIntExact(Math.ceilDiv(in, COLUMNS));
    int high = kept.length / across;
    long[] places = places(kept);
    long offsets = places.length * BlockWeight.blockBytes(format);
    long columns = offsets + (high + 1L) * Long.BYTES;
    Tensor bytes =
        Tensor.empty(DType.UINT8, Device.CPU, columns + Math.max(places.length, 1L) * Long.BYTES);
    MemorySegment memory = bytes.memory(KEEP);
    int at = 0;
    for (int row = 0; row <= high; row++) {
      while (at < places.length && places[at] < (long) row * across) {
        memory.set(ValueLayout.JAVA_LONG, columns + (long) at * Long.BYTES, places[at] % across);
        at++;
      }
      memory.set(ValueLayout.JAVA_LONG, offsets + (long) row * Long.BYTES, at);
    }
    long base = bytes.dataAddress();
    return new BlockSparse(
        bytes, new BlockWeight(format, base, base + offsets, base + columns, in, out));
  }

  /** Numbers of the blocks that are kept, row by row. */
  private static long[] places(boolean[] kept) {
    return LongStream.range(0, kept.length).filter(i -> kept[(int) i]).toArray();
  }

  private static boolean[] values(Tensor mask, long out, long in) {
    SparseProducts.requireMask(KEEP, mask, Math.ceilDiv(out, ROWS), Math.ceilDiv(in, COLUMNS));
    byte[] values = mask.toBytes();
    boolean[] kept = new boolean[values.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = values[i] != 0;
    }
    return kept;
  }

  private static boolean[] nonZero(PlainMatrix plain) {
    long across = Math.ceilDiv(plain.in(), COLUMNS);
    boolean[] kept = new boolean[Math.toIntExact(Math.ceilDiv(plain.out(), ROWS) * across)];
    Ranges.inParallel(
        Math.ceilDiv(plain.out(), ROWS),
        (begin, end) -> {
          for (long row = begin * ROWS; row < Math.min(end * ROWS, plain.out()); row++) {
            for (long column = 0; column < across; column++) {
              int block = (int) (row / ROWS * across + column);
              kept[block] = kept[block] || isNonZero(plain, row, column * COLUMNS);
            }
          }
        });
    return kept;
  }

  private static boolean isNonZero(PlainMatrix plain, long row, long first) {
    MemorySegment values = plain.values();
    boolean wide = plain.format() == WeightFormat.F32;
    for (long k = first; k < Math.min(first + COLUMNS, plain.in()); k++) {
      long at = row * plain.in() + k;
      // All but the sign.
      int size =
          wide
              ? values.getAtIndex(ValueLayout.JAVA_INT, at) << 1
              : (short) (values.getAtIndex(ValueLayout.JAVA_SHORT, at) << 1);
      if (size != 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long out() {
    return form.out();
  }

  @Override
  public long in() {
    return form.in();
  }

  /** The kept blocks and where they belong, UINT8 [n]. */
  @Override
  public Tensor tensor() {
    return bytes;
  }

  /** The share of all blocks that is kept, 0 to 1. */
  public double density() {
    return (double) form.stored() / form.possible();
  }

  @Override
  public Tensor linear(Tensor x, Optional<Tensor> bias) {
    return linear(x, bias, Optional.empty());
  }

  /** As {@link #linear}, with zeros in blocks of 16 outputs that {@code active} leaves out. */
  Tensor linear(Tensor x, Optional<Tensor> bias, Optional<Tensor> active) {
    SparseProducts.Shape shape =
        new SparseProducts.Shape(
            "linear",
            SparseProducts.Kind.BLOCKS,
            form.format(),
            in(),
            out(),
            Optional.of(Math.ceilDiv(out(), ROWS)));
    bytes.look("linear");
    try (Scope scope = Scope.open()) {
      Tensor y =
          SparseProducts.run(
              shape,
              threads -> SparseProduct.ofBlocks(Kernels.ofSparse(), form, threads),
              x,
              active,
              (product, mask, from, to) ->
                  product.run(form, mask, from, to, SparseProducts.rows(x)));
      return scope.keep(KernelInput.biased("linear", y, bias));
    }
  }

  @Override
  public Tensor rows(Tensor ids, DType dtype) {
    return unpacked().of(ids, dtype);
  }

  /** All values, FLOAT32 [out, in]. */
  public Tensor dense() {
    return unpacked().all();
  }

  private UnpackedRows unpacked() {
    return new UnpackedRows(
        bytes, out(), in(), (row, to) -> form.unpack(Kernels.ofSparse(), row, to));
  }

  @Override
  public String toString() {
    return "BlockSparse[%d, %d] %s, %d of %d blocks"
        .formatted(out(), in(), form.format(), form.stored(), form.possible());
  }
}
