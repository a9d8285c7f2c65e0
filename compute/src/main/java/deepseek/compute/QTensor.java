package deepseek.compute;

import deepseek.GgmlType;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.PackedKernels;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A weight [out, in] in 4 or 8 bits with a scale for each 32 values of a row (16 for some files'),
 * as the CPU's kernels read it. Products take the activations in 16 bits, in the same groups.
 *
 * @see WeightFormat
 */
public final class QTensor implements Weight {
  private static final int LINE = 64;
  static final PackedProducts PRODUCTS = new PackedProducts();

  private final Tensor bytes;
  private final WeightOperand form;

  /** Bits that each value takes before scales. */
  public enum Bits {
    FOUR(WeightFormat.INT4_OFFSET),
    EIGHT(WeightFormat.INT8);

    private final WeightFormat format;

    Bits(WeightFormat format) {
      this.format = format;
    }

    WeightFormat format() {
      return format;
    }
  }

  /**
   * A matrix in one of GGML's types, as stored in GGUF files.
   *
   * @param bytes contiguous rows
   * @param order the stored row that becomes row n of the matrix; empty: in stored order
   */
  public record GgmlMatrix(
      GgmlType type, MemorySegment bytes, long out, long in, Optional<long[]> order) {
    public GgmlMatrix {
      if (out < 1 || in < 1 || bytes.byteSize() % out != 0) {
        throw new ComputeException(
            "pack a weight",
            "rows of equal size",
            bytes.byteSize() + " bytes for [" + out + ", " + in + "]",
            "check the file");
      }
    }

    /** A copy with row {@code newOrder[n]} as row n. */
    public GgmlMatrix inOrder(long[] newOrder) {
      return new GgmlMatrix(type, bytes, out, in, Optional.of(newOrder));
    }
  }

  QTensor(PackedLayout layout, Tensor bytes) {
    this(bytes, new WeightOperand(layout.format(), bytes.dataAddress(), layout.in(), layout.out()));
  }

  private QTensor(Tensor bytes, WeightOperand form) {
    this.bytes = bytes;
    this.form = form;
  }

  /**
   * The same weight, which rounds what it is multiplied with to this many bits.
   *
   * @param bits 16, as all do at first, or 8: faster where several rows are multiplied at once
   */
  public QTensor withActivationBits(int bits) {
    if (bits != 8 && bits != 16) {
      throw new ComputeException(
          "round activations", "8 or 16 bits", String.valueOf(bits), "choose one of these");
    }
    return new QTensor(
        bytes,
        new WeightOperand(
            form.format(),
            form.address(),
            form.in(),
            form.out(),
            bits == 8 ? WeightOperand.Activations.BITS_8 : WeightOperand.Activations.BITS_16));
  }

  /** Whether this process has kernels for packed weights. */
  public static boolean isSupported() {
    return Kernels.any().isPresent();
  }

  /** Whether a type can be packed without loss. */
  public static boolean packs(GgmlType type) {
    return CpuKernels.formatOf(type).isPresent();
  }

  /** Packs a stored matrix into the innermost scope, keeping every value but for rounded scales. */
  public static QTensor pack(GgmlMatrix stored) {
    return Packing.of(stored).inMemory();
  }

  /** Rounds a tensor [out, in] of float32, float16 or bfloat16 to 4 or 8 bits. */
  public static QTensor quantise(Tensor weight, Bits bits) {
    return Packing.rounding(weight, bits).inMemory();
  }

  /**
   * Of bytes that were packed before, which it takes ownership of.
   *
   * @param bytes UINT8 of any shape on the CPU, in one piece, at a multiple of 64
   */
  public static QTensor over(PackedLayout layout, Tensor bytes) {
    boolean fits =
        bytes.dtype() == DType.UINT8
            && bytes.device().type() == Device.Type.CPU
            && bytes.isContiguous()
            && bytes.numel() == layout.byteSize();
    if (!fits || bytes.dataAddress() % LINE != 0) {
      throw new ComputeException(
          "use packed bytes",
          layout.byteSize() + " bytes at a multiple of " + LINE + " for " + layout,
          bytes.toString(),
          "pack the weight again");
    }
    return new QTensor(layout, bytes);
  }

  @Override
  public long out() {
    return form.out();
  }

  @Override
  public long in() {
    return form.in();
  }

  /** The packed bytes, UINT8 [n]. */
  @Override
  public Tensor tensor() {
    return bytes;
  }

  /** Its format's name and the bits that a value takes with its share of the scales. */
  public String format() {
    return "%s (%.1f bits)".formatted(form.format(), form.format().bitsPerValue());
  }

  /** What the kernels are told of it, if it may be used here and now by {@code operation}. */
  WeightOperand form(String operation) {
    bytes.look(operation);
    return form;
  }

  @Override
  public Tensor linear(Tensor x, Optional<Tensor> bias) {
    KernelInput.require("linear", x, in());
    long address = form("linear").address();
    try (Scope scope = Scope.open()) {
      Tensor plain = x.to(DType.FLOAT32).contiguous();
      long[] shape = x.shape();
      long rows = x.numel() / in();
      shape[shape.length - 1] = out();
      Tensor y = Tensor.empty(DType.FLOAT32, Device.CPU, rows, PackedKernels.wholeBlocks(out()));
      PackedProducts.Form key = PackedProducts.Form.of(form, Machine.threads());
      PRODUCTS.run(
          key,
          () -> Kernels.ofPacked().product(key.weight(), key.threads()),
          address,
          plain.memory("linear"),
          y.memory("linear"),
          rows);
      Tensor used = y.narrow(1, 0, out()).reshape(shape);
      return scope.keep(KernelInput.biased("linear", used, bias).to(x.dtype()));
    }
  }

  @Override
  public Tensor rows(Tensor ids, DType dtype) {
    return unpacked().of(ids, dtype);
  }

  /** All values, FLOAT32 [out, in]. */
  public Tensor dequantise() {
    return unpacked().all();
  }

  private UnpackedRows unpacked() {
    return new UnpackedRows(
        bytes, out(), in(), (row, to) -> Kernels.ofPacked().unpack(form, row, to));
  }

  @Override
  public String toString() {
    return "QTensor[" + out() + ", " + in() + "] " + format();
  }
}
