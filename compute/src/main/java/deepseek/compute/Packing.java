package deepseek.compute;

import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.PackedKernels;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A weight that is about to be packed: where its bytes go, and in which pieces, is the caller's
 * choice. Valid as long as what it reads from.
 */
public final class Packing {
  private static final String PACK = "pack a weight";

  private final PackedLayout layout;
  private final CpuKernels.UnpackedWeight stored;
  private final Backing backing;

  /** The memory or tensor that is packed, which must still be open. */
  private interface Backing {
    void requireOpen();
  }

  private Packing(PackedLayout layout, CpuKernels.UnpackedWeight stored, Backing backing) {
    this.layout = layout;
    this.stored = stored;
    this.backing = backing;
  }

  /** Of a matrix as a file has it, keeping every value but for rounded scales. */
  public static Packing of(QTensor.GgmlMatrix stored) {
    ComputeException.present(PACK, "a stored matrix", stored);
    WeightFormat format =
        CpuKernels.formatOf(stored.type())
            .orElseThrow(
                () ->
                    new ComputeException(
                        PACK,
                        "a type with a packer",
                        "GGML type " + stored.type(),
                        "load it as a plain tensor"));
    PackedLayout layout = new PackedLayout(format, stored.out(), stored.in());
    requireRows(stored);
    MemorySegment order =
        stored.order().map(o -> order(o, stored.out())).orElse(MemorySegment.NULL);
    MemorySegment bytes = stored.bytes();
    return new Packing(
        layout,
        new CpuKernels.UnpackedWeight(
            stored.type(),
            bytes.address(),
            bytes.byteSize() / stored.out(),
            stored.in(),
            stored.out(),
            order.address()),
        () -> {
          requireNative("memory of the stored matrix", bytes);
          requireNative("memory of its order", order); // which this keeps alive, too
        });
  }

  private static void requireRows(QTensor.GgmlMatrix stored) {
    long block = stored.type().blockSize();
    long expected = stored.in() / block * stored.type().blockBytes();
    if (stored.in() % block != 0 || stored.bytes().byteSize() / stored.out() != expected) {
      throw new ComputeException(
          PACK,
          "rows of whole blocks of " + block + " values, " + expected + " bytes each",
          stored.in() + " values in " + stored.bytes().byteSize() / stored.out() + " bytes",
          "check the file");
    }
  }

  private static MemorySegment order(long[] order, long rows) {
    if (order.length != rows || Arrays.stream(order).anyMatch(row -> row < 0 || row >= rows)) {
      throw new ComputeException(
          PACK,
          "an order of " + rows + " rows, each below " + rows,
          order.length + " of them",
          "name the stored row of each row");
    }
    return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, order);
  }

  private static void requireNative(String what, MemorySegment memory) {
    if (!memory.isNative() || !memory.scope().isAlive()) {
      throw new ComputeException(
          PACK,
          what + " outside of Java's heap, in an open arena",
          memory.isNative() ? "a closed arena" : "an array",
          "keep the file open, or copy it to an arena");
    }
  }

  /** Of a tensor [out, in] of float32, float16 or bfloat16, rounded to 4 or 8 bits. */
  public static Packing rounding(Tensor weight, QTensor.Bits bits) {
    ComputeException.present("quantise a weight", "bits", bits);
    PlainMatrix plain = PlainMatrix.of("quantise a weight", weight);
    return new Packing(
        PackedLayout.ofRounded(bits, plain.out(), plain.in()),
        plain.stored(),
        () -> requireOpen(plain.rows()));
  }

  /** Also on threads that don't own it: they read its memory alone. */
  private static void requireOpen(Tensor tensor) {
    if (tensor.isClosed()) {
      throw new ComputeException(
          PACK, "an open tensor", tensor.describe(), "pack it before its scope closes");
    }
  }

  /** The layout that it packs to. */
  public PackedLayout layout() {
    return layout;
  }

  /** Packs some of {@link PackedLayout#blockRows}; the first of them is the first in {@code to}. */
  public void pack(long begin, long end, MemorySegment to) {
    ComputeException.present(PACK, "memory to pack to", to);
    long rowBytes = layout.blockRowBytes();
    if (begin < 0
        || begin > end
        || end > layout.blockRows()
        || to.byteSize() < (end - begin) * rowBytes) {
      throw new ComputeException(
          "pack rows of blocks",
          "rows below " + layout.blockRows() + " and memory for them",
          begin + " to " + end + ", " + to.byteSize() + " bytes",
          "ask for fewer at a time");
    }
    requireNative("memory to pack to", to);
    backing.requireOpen();
    Kernels.ofPacked().pack(stored, layout.format(), to.address() - begin * rowBytes, begin, end);
  }

  /** All of it, into the innermost scope. */
  public QTensor inMemory() {
    backing.requireOpen();
    PackedKernels kernels = Kernels.ofPacked();
    Tensor bytes = Tensor.empty(DType.UINT8, Device.CPU, layout.byteSize());
    long address = bytes.dataAddress();
    Ranges.inParallel(
        layout.blockRows(),
        (begin, end) -> kernels.pack(stored, layout.format(), address, begin, end));
    return new QTensor(layout, bytes);
  }
}
