package deepseek.compute;

import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.PackedKernels;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.MemorySegment;

/**
 * A weight that is about to be packed: where its bytes go, and in which pieces, is the caller's
 * choice. Valid as long as what it reads from.
 */
public final class Packing {
  private final PackedLayout layout;
  private final CpuKernels.Stored stored;

  private Packing(PackedLayout layout, CpuKernels.Stored stored) {
    this.layout = layout;
    this.stored = stored;
  }

  /** Of a matrix as a file has it, keeping every value but for rounded scales. */
  public static Packing of(QTensor.Stored stored) {
    WeightFormat format =
        CpuKernels.formatOf(stored.ggmlType())
            .orElseThrow(
                () ->
                    new ComputeException(
                        "pack a weight",
                        "a type with a packer",
                        "ggml type " + stored.ggmlType(),
                        "load it as a plain tensor"));
    MemorySegment order =
        stored.order().map(o -> Tensor.of(o).memory("pack")).orElse(MemorySegment.NULL);
    return new Packing(
        new PackedLayout(format, stored.out(), stored.in()),
        new CpuKernels.Stored(
            stored.ggmlType(),
            stored.bytes().address(),
            stored.bytes().byteSize() / stored.out(),
            stored.in(),
            stored.out(),
            order.address()));
  }

  /** Of a tensor [out, in] of float32, float16 or bfloat16, rounded to 4 or 8 bits. */
  public static Packing rounding(Tensor weight, QTensor.Bits bits) {
    PlainMatrix plain = PlainMatrix.of("quantise a weight", weight);
    return new Packing(PackedLayout.ofRounded(bits, plain.out(), plain.in()), plain.stored());
  }

  public PackedLayout layout() {
    return layout;
  }

  /** Packs some of {@link PackedLayout#blockRows}; the first of them is the first in {@code to}. */
  public void pack(long begin, long end, MemorySegment to) {
    long rowBytes = layout.blockRowBytes();
    if (begin < 0 || end > layout.blockRows() || to.byteSize() < (end - begin) * rowBytes) {
      throw new ComputeException(
          "pack rows of blocks",
          "rows below " + layout.blockRows() + " and memory for them",
          begin + " to " + end + ", " + to.byteSize() + " bytes",
          "ask for fewer at a time");
    }
    Kernels.ofPacked().pack(stored, layout.format(), to.address() - begin * rowBytes, begin, end);
  }

  /** All of it, into the innermost scope. */
  public QTensor inMemory() {
    PackedKernels kernels = Kernels.ofPacked();
    Tensor bytes = Tensor.empty(DType.UINT8, Device.CPU, layout.byteSize());
    long address = bytes.dataAddress();
    Ranges.inParallel(
        layout.blockRows(),
        (begin, end) -> kernels.pack(stored, layout.format(), address, begin, end));
    return new QTensor(layout, bytes);
  }
}
