package deepseek.compute;

import deepseek.compute.internal.Contents;
import deepseek.compute.internal.HostTensor;
import deepseek.compute.internal.NativeTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A multi-dimensional array on libtorch, with autograd.
 *
 * <p>Operations never change their operands, except those named {@code ...InPlace}, {@link #fill}
 * and {@link #copyFrom}. Results belong to the innermost open {@link Scope} of the thread. Dims may
 * be negative and then count from the end, as in PyTorch. Every operation throws {@link
 * ComputeException} when its operands don't fit or one of them is closed.
 */
public final class Tensor
    implements AutoCloseable, PointwiseOps, ReductionOps, ShapeOps, IndexOps, NeuralOps {
  private static final String CREATE = "create a tensor";
  private static final String MAP = "map memory as a tensor";

  private volatile @Nullable Contents contents;
  private final String maker;
  private @Nullable Scope scope;
  private int slot = -1;

  private Tensor(Contents contents, String maker) {
    this.contents = contents;
    this.maker = maker;
  }

  static Tensor inScope(Contents contents, String maker, Scope scope) {
    Tensor tensor = new Tensor(contents, maker);
    Scope.born();
    scope.add(tensor);
    return tensor;
  }

  @Override
  public Tensor self() {
    return this;
  }

  // ---- creation

  /** A FLOAT32 tensor with a copy of {@code values}; without a shape, a vector. */
  public static Tensor of(float[] values, long... shape) {
    return copyOf(MemorySegment.ofArray(present("values", values)), DType.FLOAT32, shape);
  }

  /** A FLOAT64 tensor with a copy of {@code values}; without a shape, a vector. */
  public static Tensor of(double[] values, long... shape) {
    return copyOf(MemorySegment.ofArray(present("values", values)), DType.FLOAT64, shape);
  }

  /** An INT64 tensor with a copy of {@code values}; without a shape, a vector. */
  public static Tensor of(long[] values, long... shape) {
    return copyOf(MemorySegment.ofArray(present("values", values)), DType.INT64, shape);
  }

  /** An INT32 tensor with a copy of {@code values}; without a shape, a vector. */
  public static Tensor of(int[] values, long... shape) {
    return copyOf(MemorySegment.ofArray(present("values", values)), DType.INT32, shape);
  }

  /** A BOOL tensor with a copy of {@code values}; without a shape, a vector. */
  public static Tensor of(boolean[] values, long... shape) {
    byte[] bytes = new byte[present("values", values).length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return copyOf(MemorySegment.ofArray(bytes), DType.BOOL, shape);
  }

  /** A tensor with a copy of the raw bytes of {@code data}. */
  public static Tensor copyOf(MemorySegment data, DType dtype, long... shape) {
    present("a type", dtype);
    long count = present("data", data).byteSize() / dtype.byteSize();
    long[] full = present("a shape", shape).length == 0 ? new long[] {count} : shape;
    requireAlive(CREATE, data);
    requireBytes(CREATE, data, dtype, full);
    Tensor tensor = allocate("of", dtype, full);
    tensor.memory("of").copyFrom(data);
    return tensor;
  }

  /**
   * A CPU tensor on memory that stays the caller's, without a copy. {@code data} must stay valid
   * until {@code whenFreed} ran: once, after libtorch dropped the last tensor and view on it, on
   * whichever thread did so.
   */
  public static Tensor ofSegment(
      MemorySegment data, DType dtype, long[] shape, Runnable whenFreed) {
    present("data", data);
    present("a type", dtype);
    present("a shape", shape);
    present("what runs when it is freed", whenFreed);
    requireAlive(MAP, data);
    if (!data.isNative() || data.address() % dtype.byteSize() != 0) {
      throw new ComputeException(
          MAP,
          "native memory aligned to " + dtype.byteSize() + " bytes",
          data.isNative() ? "address 0x" + Long.toHexString(data.address()) : "heap memory",
          "copy it with Tensor.copyOf");
    }
    requireBytes(MAP, data, dtype, shape);
    Scope scope = Scope.innermost("ofSegment");
    return inScope(HostTensor.of(data, shape, dtype, whenFreed), "ofSegment", scope);
  }

  private static <T> T present(String what, @Nullable T value) {
    return ComputeException.present(CREATE, what, value);
  }

  private static void requireAlive(String operation, MemorySegment data) {
    if (!data.scope().isAlive() || !data.isAccessibleBy(Thread.currentThread())) {
      throw new ComputeException(
          operation,
          "memory that this thread may read",
          data.scope().isAlive() ? "another thread's" : "memory of a closed arena",
          "keep the arena open, or take one that is shared");
    }
  }

  private static void requireBytes(
      String operation, MemorySegment data, DType dtype, long[] shape) {
    long expected = dtype.byteSize();
    try {
      for (long size : shape) {
        if (size < 0) {
          throw new ArithmeticException();
        }
        expected = Math.multiplyExact(expected, size);
      }
    } catch (ArithmeticException e) {
      throw new ComputeException(
          operation,
          "sizes from 0 whose product fits memory",
          Arrays.toString(shape),
          "check the shape",
          e);
    }
    if (expected != data.byteSize()) {
      throw new ComputeException(
          operation,
          expected + " bytes for " + dtype.torchName() + Arrays.toString(shape),
          data.byteSize() + " bytes",
          "pass data and shape of one size");
    }
  }

  /** A FLOAT32 tensor of no dims. */
  public static Tensor scalar(double value) {
    return full(value, DType.FLOAT32, Device.CPU);
  }

  /** Uninitialised memory: to be written before it is read. */
  public static Tensor empty(DType dtype, Device device, long... shape) {
    return present("a device", device).type() == Device.Type.CPU
        ? allocate("empty", dtype, shape)
        : Op.create("empty", () -> NativeTensor.empty(shape, dtype, device));
  }

  private static Tensor allocate(String name, DType dtype, long... shape) {
    Scope scope = Scope.innermost(name);
    return HostTensor.allocate(present("a shape", shape), present("a type", dtype))
        .map(host -> inScope(host, name, scope))
        .orElseGet(() -> Op.create(name, () -> NativeTensor.empty(shape, dtype, Device.CPU)));
  }

  /** Zeros. */
  public static Tensor zeros(DType dtype, Device device, long... shape) {
    return Op.create("zeros", () -> NativeTensor.zeros(shape, dtype, device));
  }

  /** FLOAT32 zeros on the CPU. */
  public static Tensor zeros(long... shape) {
    return zeros(DType.FLOAT32, Device.CPU, shape);
  }

  /** FLOAT32 ones on the CPU. */
  public static Tensor ones(long... shape) {
    return full(1, DType.FLOAT32, Device.CPU, shape);
  }

  /** Every element {@code value}. */
  public static Tensor full(double value, DType dtype, Device device, long... shape) {
    return Op.create("full", () -> NativeTensor.full(shape, value, dtype, device));
  }

  /** The INT64 vector start, start+1, ..., end-1. */
  public static Tensor arange(long start, long end, Device device) {
    return Op.create("arange", () -> NativeTensor.arange(start, end, DType.INT64, device));
  }

  /** FLOAT32 values from the normal distribution with mean 0 and deviation 1. */
  public static Tensor randn(Rng rng, long... shape) {
    ComputeException.present("randn", "an Rng", rng);
    return empty(DType.FLOAT32, Device.CPU, shape).normalInPlace(0, 1, rng);
  }

  /** FLOAT32 values, uniform in [0, 1). */
  public static Tensor rand(Rng rng, long... shape) {
    ComputeException.present("rand", "an Rng", rng);
    return empty(DType.FLOAT32, Device.CPU, shape).uniformInPlace(0, 1, rng);
  }

  /** Joins along an existing dim. */
  public static Tensor cat(List<Tensor> parts, int dim) {
    requireParts("cat", parts);
    return Op.many("cat", parts, p -> NativeTensor.cat(p, dim));
  }

  /** Joins along a new dim. */
  public static Tensor stack(List<Tensor> parts, int dim) {
    requireParts("stack", parts);
    return Op.many("stack", parts, p -> NativeTensor.stack(p, dim));
  }

  private static void requireParts(String name, List<Tensor> parts) {
    if (ComputeException.present(name, "a list of tensors", parts).isEmpty()) {
      throw new ComputeException(name, "at least one tensor", "none", "pass the parts to join");
    }
  }

  // ---- what it is

  /** The size of each dim. */
  public long[] shape() {
    return look("shape").shape();
  }

  /** The number of dims. */
  public int rank() {
    return look("rank").rank();
  }

  /** Size along {@code dim}. */
  public long size(int dim) {
    Contents n = look("size");
    int rank = n.rank();
    if (dim < -rank || dim >= rank) {
      throw new ComputeException(
          "size",
          rank == 0 ? "a tensor with dims" : "a dim from " + -rank + " to " + (rank - 1),
          dim + " of " + describe(),
          "dims count from 0, or from -1 backwards");
    }
    return n.size(dim < 0 ? dim + rank : dim);
  }

  /** The number of elements. */
  public long numel() {
    return look("numel").numel();
  }

  /** What its elements are. */
  public DType dtype() {
    return look("dtype").dtype();
  }

  /** Where its memory is. */
  public Device device() {
    return look("device").device();
  }

  /** Whether its elements lie one after another, the last dim's next to each other. */
  public boolean isContiguous() {
    return look("isContiguous").isContiguous();
  }

  /** Whether both are views of one block of memory. */
  public boolean sharesMemoryWith(Tensor other) {
    ComputeException.present("sharesMemoryWith", "a tensor to compare with", other);
    return open("sharesMemoryWith").sharesMemoryWith(other.open("sharesMemoryWith"));
  }

  // ---- values out

  /** The only element of a one-element tensor. */
  public double item() {
    requireOne();
    return Op.value("item", this, NativeTensor::itemDouble);
  }

  /** The only element of a one-element integer tensor. */
  public long itemLong() {
    requireOne();
    return Op.value("item", this, NativeTensor::itemLong);
  }

  private void requireOne() {
    if (numel() != 1) {
      throw new ComputeException(
          "item", "one element", describe(), "select one, or use toFloats()");
    }
  }

  /** All elements in row-major order, converted to float. */
  public float[] toFloats() {
    return read("toFloats", DType.FLOAT32).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** All elements in row-major order, converted to double. */
  public double[] toDoubles() {
    return read("toDoubles", DType.FLOAT64).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
  }

  /** All elements in row-major order, converted to long. */
  public long[] toLongs() {
    return read("toLongs", DType.INT64).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
  }

  /** All elements in row-major order, converted to int. */
  public int[] toInts() {
    return read("toInts", DType.INT32).toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  /** The raw bytes in row-major order, in this tensor's dtype. */
  public byte[] toBytes() {
    return read("toBytes", dtype()).toArray(ValueLayout.JAVA_BYTE);
  }

  private MemorySegment read(String name, DType dtype) {
    long most = Integer.MAX_VALUE - 8L;
    if (look(name).numel() > (name.equals("toBytes") ? most / dtype.byteSize() : most)) {
      throw OpFailure.refuse(name, this);
    }
    if (look(name) instanceof HostTensor host) {
      Optional<HostTensor> typed = host.to(dtype);
      if (typed.isPresent()) {
        MemorySegment copy = onHeap(typed.get().memory());
        typed.get().free();
        return copy;
      }
    }
    return Op.value(name, this, n -> copied(n, dtype));
  }

  private static MemorySegment copied(NativeTensor n, DType dtype) {
    NativeTensor cpu = n.to(Device.CPU);
    try {
      NativeTensor typed = cpu.to(dtype);
      try {
        NativeTensor dense = typed.contiguous();
        try {
          return dense.numel() == 0 ? MemorySegment.ofArray(new long[0]) : onHeap(dense.memory());
        } finally {
          dense.free();
        }
      } finally {
        typed.free();
      }
    } finally {
      cpu.free();
    }
  }

  private static MemorySegment onHeap(MemorySegment values) {
    long bytes = values.byteSize();
    MemorySegment copy = MemorySegment.ofArray(new long[(int) ((bytes + 7) / 8)]);
    return copy.asSlice(0, bytes).copyFrom(values);
  }

  /**
   * Address of the first element, for kernels that run outside libtorch; valid while this tensor is
   * open. {@link #contiguous()} tensors lie row-major from there.
   *
   * @throws ComputeException for a tensor on another device than the CPU
   */
  public long dataAddress() {
    return onCpu("dataAddress").address();
  }

  // ---- gradients

  /** Whether operations on it are recorded for {@link #backward}. */
  public boolean requiresGrad() {
    return look("requiresGrad").requiresGrad();
  }

  /** Records operations on this tensor from now on, so that {@link #backward} reaches it. */
  public Tensor withGrad() {
    return Op.effect("withGrad", this, n -> n.requiresGrad(true));
  }

  /** Adds d(this)/d(leaf) to the gradient of every leaf with {@link #withGrad}. */
  public void backward() {
    Op.effect("backward", this, NativeTensor::backward);
  }

  /** The gradient gathered so far, as a tensor of the innermost scope that shares its memory. */
  public Optional<Tensor> grad() {
    Scope owner = Scope.innermost("grad");
    return open("grad").grad().map(g -> inScope(g, "grad", owner));
  }

  /** Forgets the gradient. */
  public void dropGrad() {
    Op.effect("dropGrad", this, NativeTensor::dropGrad);
  }

  /** The same values, cut off from the recorded operations. */
  public Tensor detach() {
    return Op.unary("detach", this, NativeTensor::detach);
  }

  // ---- lifecycle

  /**
   * Takes this tensor out of its scope: from now on the caller closes it, and every thread may read
   * it.
   */
  public Tensor own() {
    look("own");
    if (scope != null) {
      scope.remove(this);
    }
    return this;
  }

  /** Whether its memory was given back, by itself or with its scope. */
  public boolean isClosed() {
    return contents == null;
  }

  /** Frees the tensor ahead of its scope. Closing twice does nothing. */
  @Override
  public void close() {
    if (contents == null) {
      return;
    }
    if (scope != null) {
      look("close");
      scope.remove(this);
    }
    free();
  }

  void freeFromScope() {
    scope = null;
    free();
  }

  private void free() {
    Contents c = contents;
    if (c != null) {
      contents = null;
      c.free();
      Scope.died();
    }
  }

  /** The libtorch tensor, if this one may be used here and now by {@code operation}. */
  NativeTensor open(String operation) {
    return look(operation) instanceof NativeTensor n ? n : becomeNative(operation);
  }

  private synchronized NativeTensor becomeNative(String operation) {
    return switch (look(operation)) {
      case NativeTensor n -> n;
      case HostTensor host -> {
        InferenceMode.tellLibtorch();
        NativeTensor n = host.toNative();
        contents = n;
        host.free();
        yield n;
      }
    };
  }

  /** All elements of a contiguous CPU tensor, if it may be used here and now. */
  MemorySegment memory(String operation) {
    return onCpu(operation).memory();
  }

  private Contents onCpu(String operation) {
    Contents n = look(operation);
    KernelInput.requireOnCpu(operation, n.device());
    return n;
  }

  /** What it consists of, if it may be used here and now by {@code operation}. */
  Contents look(String operation) {
    Contents n = contents;
    if (n == null) {
      throw new ComputeException(
          operation,
          "an open tensor",
          "the closed result of '" + maker + "'",
          "keep it with scope.keep(...) or use it before its scope closes");
    }
    Scope s = scope;
    if (s != null && !s.isOwnedBy(Thread.currentThread())) {
      throw new ComputeException(
          operation,
          "a tensor of this thread's scopes",
          "the result of '" + maker + "' that belongs to another thread's scope",
          "hand tensors between threads after own()");
    }
    return n;
  }

  @Nullable Scope scope() {
    return scope;
  }

  int slot() {
    return slot;
  }

  void moveTo(@Nullable Scope newScope, int newSlot) {
    scope = newScope;
    slot = newSlot;
  }

  /** Dtype and shape: {@code float32[2, 3]}. */
  String describe() {
    Contents n = contents;
    if (n == null) {
      return "closed '" + maker + "'";
    }
    Device device = n.device();
    return n.dtype().name().toLowerCase(Locale.ROOT)
        + Arrays.toString(n.shape())
        + (device.equals(Device.CPU) ? "" : "@" + device);
  }

  /** Dtype, shape, and the values of a small tensor. */
  @Override
  public String toString() {
    if (contents == null || numel() > 16 || device().type() != Device.Type.CPU) {
      return describe();
    }
    String values =
        dtype().isFloatingPoint()
            ? Arrays.toString(toFloats())
            : LongStream.of(toLongs()).boxed().toList().toString();
    return describe() + " " + values;
  }
}
