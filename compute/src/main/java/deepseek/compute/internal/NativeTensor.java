package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One reference to a libtorch tensor: an operation a line, no checks and no ownership; both belong
 * to {@link deepseek.compute.Tensor}. Every method throws what libtorch throws, as a
 * RuntimeException.
 */
public final class NativeTensor {
  static {
    TorchRuntime.load();
  }

  private static final TensorOptional NO_TENSOR = new TensorOptional();
  private static final LongOptional NO_LONG = new LongOptional();

  private final org.bytedeco.pytorch.Tensor t;

  NativeTensor(org.bytedeco.pytorch.Tensor t) {
    this.t = t;
  }

  private static NativeTensor of(org.bytedeco.pytorch.Tensor t) {
    return new NativeTensor(t);
  }

  org.bytedeco.pytorch.Tensor torch() {
    return t;
  }

  /** Drops this reference; libtorch frees the memory with the last one. */
  public void free() {
    t.deallocate();
  }

  // ---- what it is

  public long[] shape() {
    long[] shape = new long[(int) t.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = t.size(i);
    }
    return shape;
  }

  public int rank() {
    return (int) t.dim();
  }

  public long size(int dim) {
    return t.size(dim);
  }

  public long stride(int dim) {
    return t.stride(dim);
  }

  public long numel() {
    return t.numel();
  }

  public DType dtype() {
    return Types.dtype(t.scalar_type());
  }

  public Device device() {
    return Types.device(t);
  }

  public boolean isContiguous() {
    return t.is_contiguous();
  }

  public boolean sharesMemoryWith(NativeTensor other) {
    return t.is_alias_of(other.t);
  }

  public long address() {
    return t.data_ptr().address();
  }

  public MemorySegment memory() {
    return MemorySegment.ofAddress(address()).reinterpret(t.nbytes());
  }

  public double itemDouble() {
    return t.item_double();
  }

  public long itemLong() {
    return t.item_long();
  }

  // ---- gradients

  public boolean requiresGrad() {
    return t.requires_grad();
  }

  public void requiresGrad(boolean on) {
    t.set_requires_grad(on);
  }

  public void backward() {
    t.backward();
  }

  public Optional<NativeTensor> grad() {
    org.bytedeco.pytorch.Tensor grad = new org.bytedeco.pytorch.Tensor(t.grad());
    if (grad.defined()) {
      return Optional.of(of(grad));
    }
    grad.deallocate();
    return Optional.empty();
  }

  public void dropGrad() {
    t.mutable_grad().reset();
  }

  public NativeTensor detach() {
    return of(t.detach());
  }

  // ---- another form of the same values

  public NativeTensor alias() {
    return of(new org.bytedeco.pytorch.Tensor(t));
  }

  public NativeTensor to(DType dtype) {
    return of(t.to(Types.scalarType(dtype)));
  }

  public NativeTensor to(Device device) {
    return of(t.to(Types.torchDevice(device), t.scalar_type()));
  }

  public NativeTensor copy() {
    return of(t.clone());
  }

  public NativeTensor contiguous() {
    return of(t.__dispatch_contiguous());
  }

  public NativeTensor viewAs(DType dtype) {
    return of(t.view(Types.scalarType(dtype)));
  }

  public void copyFrom(NativeTensor source) {
    t.copy_(source.t);
  }

  public void fill(double value) {
    withScalar(value, s -> t.fill_(s));
  }

  // ---- arithmetic with a number; the Scalar lives for the call

  private static <R> R withScalar(double value, Function<Scalar, R> f) {
    // A whole number stays one, so that integer tensors keep their type.
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
    try (Scalar s = whole ? new Scalar((long) value) : new Scalar(value)) {
      return f.apply(s);
    }
  }

  private NativeTensor scalar(
      double value,
      BiFunction<org.bytedeco.pytorch.Tensor, Scalar, org.bytedeco.pytorch.Tensor> f) {
    return of(withScalar(value, s -> f.apply(t, s)));
  }

  public NativeTensor add(double b) {
    return scalar(b, (a, s) -> a.add(s));
  }

  public NativeTensor sub(double b) {
    return scalar(b, (a, s) -> a.sub(s));
  }

  public NativeTensor mul(double b) {
    return scalar(b, (a, s) -> a.mul(s));
  }

  public NativeTensor div(double b) {
    return scalar(b, (a, s) -> a.div(s));
  }

  public NativeTensor pow(double b) {
    return scalar(b, (a, s) -> a.pow(s));
  }

  public NativeTensor remainder(double b) {
    return scalar(b, (a, s) -> a.remainder(s));
  }

  public NativeTensor clampMin(double b) {
    return scalar(b, (a, s) -> a.clamp_min(s));
  }

  public NativeTensor clampMax(double b) {
    return scalar(b, (a, s) -> a.clamp_max(s));
  }

  public NativeTensor eq(double b) {
    return scalar(b, (a, s) -> a.eq(s));
  }

  public NativeTensor ne(double b) {
    return scalar(b, (a, s) -> a.ne(s));
  }

  public NativeTensor lt(double b) {
    return scalar(b, (a, s) -> a.lt(s));
  }

  public NativeTensor le(double b) {
    return scalar(b, (a, s) -> a.le(s));
  }

  public NativeTensor gt(double b) {
    return scalar(b, (a, s) -> a.gt(s));
  }

  public NativeTensor ge(double b) {
    return scalar(b, (a, s) -> a.ge(s));
  }

  public NativeTensor maskedFill(NativeTensor mask, double b) {
    return scalar(b, (a, s) -> a.masked_fill(mask.t, s));
  }

  public void mulInPlace(double b) {
    withScalar(b, s -> t.mul_(s));
  }

  // ---- arithmetic with a tensor

  public NativeTensor add(NativeTensor b) {
    return of(t.add(b.t));
  }

  public NativeTensor sub(NativeTensor b) {
    return of(t.sub(b.t));
  }

  public NativeTensor mul(NativeTensor b) {
    return of(t.mul(b.t));
  }

  public NativeTensor div(NativeTensor b) {
    return of(t.div(b.t));
  }

  public NativeTensor pow(NativeTensor b) {
    return of(t.pow(b.t));
  }

  public NativeTensor minimum(NativeTensor b) {
    return of(torch.minimum(t, b.t));
  }

  public NativeTensor maximum(NativeTensor b) {
    return of(torch.maximum(t, b.t));
  }

  public NativeTensor eq(NativeTensor b) {
    return of(t.eq(b.t));
  }

  public NativeTensor lt(NativeTensor b) {
    return of(t.lt(b.t));
  }

  public NativeTensor le(NativeTensor b) {
    return of(t.le(b.t));
  }

  public NativeTensor gt(NativeTensor b) {
    return of(t.gt(b.t));
  }

  public NativeTensor ge(NativeTensor b) {
    return of(t.ge(b.t));
  }

  public NativeTensor logicalAnd(NativeTensor b) {
    return of(t.logical_and(b.t));
  }

  public NativeTensor logicalOr(NativeTensor b) {
    return of(t.logical_or(b.t));
  }

  public NativeTensor where(NativeTensor condition, NativeTensor otherwise) {
    return of(torch.where(condition.t, t, otherwise.t));
  }

  public void addInPlace(NativeTensor b) {
    t.add_(b.t);
  }

  public void mulInPlace(NativeTensor b) {
    t.mul_(b.t);
  }

  // ---- pointwise

  public NativeTensor neg() {
    return of(t.neg());
  }

  public NativeTensor abs() {
    return of(t.abs());
  }

  public NativeTensor exp() {
    return of(t.exp());
  }

  public NativeTensor log() {
    return of(t.log());
  }

  public NativeTensor sqrt() {
    return of(t.sqrt());
  }

  public NativeTensor rsqrt() {
    return of(t.rsqrt());
  }

  public NativeTensor reciprocal() {
    return of(t.reciprocal());
  }

  public NativeTensor sin() {
    return of(t.sin());
  }

  public NativeTensor cos() {
    return of(t.cos());
  }

  public NativeTensor tanh() {
    return of(t.tanh());
  }

  public NativeTensor erf() {
    return of(t.erf());
  }

  public NativeTensor sigmoid() {
    return of(t.sigmoid());
  }

  public NativeTensor floor() {
    return of(t.floor());
  }

  public NativeTensor round() {
    return of(t.round());
  }

  public NativeTensor logicalNot() {
    return of(t.logical_not());
  }

  public NativeTensor isFinite() {
    return of(t.isfinite());
  }

  public NativeTensor relu() {
    return of(t.relu());
  }

  public NativeTensor silu() {
    return of(torch.silu(t));
  }

  public NativeTensor softplus() {
    return of(torch.softplus(t));
  }

  /** {@code approximate} is libtorch's word: {@code none} or {@code tanh}. */
  public NativeTensor gelu(String approximate) {
    return of(torch.gelu(t, approximate));
  }

  // ---- reductions

  public NativeTensor sum() {
    return of(t.sum());
  }

  public NativeTensor mean() {
    return of(t.mean());
  }

  public NativeTensor max() {
    return of(t.max());
  }

  public NativeTensor min() {
    return of(t.min());
  }

  public NativeTensor any() {
    return of(torch.any(t));
  }

  public NativeTensor all() {
    return of(torch.all(t));
  }

  public NativeTensor norm() {
    return of(t.norm());
  }

  public NativeTensor sum(long dim, boolean keepDim) {
    return of(t.sum(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  public NativeTensor mean(long dim, boolean keepDim) {
    return of(t.mean(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  public NativeTensor amax(long dim, boolean keepDim) {
    return of(t.amax(new long[] {dim}, keepDim));
  }

  public NativeTensor amin(long dim, boolean keepDim) {
    return of(t.amin(new long[] {dim}, keepDim));
  }

  public NativeTensor variance(long dim, boolean unbiased, boolean keepDim) {
    return of(t.var(new long[] {dim}, unbiased, keepDim));
  }

  public NativeTensor logSumExp(long dim, boolean keepDim) {
    return of(t.logsumexp(new long[] {dim}, keepDim));
  }

  public NativeTensor argmax(long dim, boolean keepDim) {
    try (var d = new LongOptional(dim)) {
      return of(t.argmax(d, keepDim));
    }
  }

  public NativeTensor cumsum(long dim) {
    return of(t.cumsum(dim));
  }

  public NativeTensor[] topk(long k, long dim) {
    return pair(t.topk(k, dim, true, true));
  }

  public NativeTensor[] sort(long dim, boolean descending) {
    return pair(t.sort(dim, descending));
  }

  private static NativeTensor[] pair(T_TensorTensor_T pair) {
    try (pair) {
      return new NativeTensor[] {
        of(new org.bytedeco.pytorch.Tensor(pair.get0())),
        of(new org.bytedeco.pytorch.Tensor(pair.get1()))
      };
    }
  }

  // ---- shape

  public NativeTensor reshape(long... shape) {
    return of(t.reshape(shape));
  }

  public NativeTensor permute(long... dims) {
    return of(t.permute(dims));
  }

  public NativeTensor transpose(long a, long b) {
    return of(t.transpose(a, b));
  }

  public NativeTensor squeeze(long dim) {
    return of(t.squeeze(dim));
  }

  public NativeTensor unsqueeze(long dim) {
    return of(t.unsqueeze(dim));
  }

  public NativeTensor expand(long... shape) {
    return of(t.expand(shape));
  }

  public NativeTensor repeat(long... times) {
    return of(t.repeat(times));
  }

  public NativeTensor repeatInterleave(long times, long dim) {
    try (var d = new LongOptional(dim)) {
      return of(t.repeat_interleave(times, d, NO_LONG));
    }
  }

  public NativeTensor flip(long... dims) {
    return of(torch.flip(t, dims));
  }

  public NativeTensor narrow(long dim, long start, long length) {
    return of(t.narrow(dim, start, length));
  }

  public NativeTensor slice(long dim, long start, long end, long step) {
    try (var s = new LongOptional(start);
        var e = new LongOptional(end)) {
      return of(t.slice(dim, s, e, step));
    }
  }

  public NativeTensor select(long dim, long index) {
    return of(t.select(dim, index));
  }

  public List<NativeTensor> split(long[] sizes, long dim) {
    return list(t.split(sizes, dim));
  }

  private static List<NativeTensor> list(TensorVector vector) {
    try (vector) {
      List<NativeTensor> out = new ArrayList<>();
      for (long i = 0; i < vector.size(); i++) {
        out.add(of(new org.bytedeco.pytorch.Tensor(vector.get(i))));
      }
      return out;
    }
  }

  private static TensorVector vector(List<NativeTensor> parts) {
    org.bytedeco.pytorch.Tensor[] array = new org.bytedeco.pytorch.Tensor[parts.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = parts.get(i).t;
    }
    return new TensorVector(array);
  }

  public static NativeTensor cat(List<NativeTensor> parts, long dim) {
    try (TensorVector v = vector(parts)) {
      return of(torch.cat(v, dim));
    }
  }

  public static NativeTensor stack(List<NativeTensor> parts, long dim) {
    try (TensorVector v = vector(parts)) {
      return of(torch.stack(v, dim));
    }
  }

  public NativeTensor tril(long diagonal) {
    return of(t.tril(diagonal));
  }

  public NativeTensor triu(long diagonal) {
    return of(t.triu(diagonal));
  }

  // ---- by index

  public NativeTensor indexSelect(long dim, NativeTensor index) {
    return of(t.index_select(dim, index.t));
  }

  public NativeTensor indexAdd(long dim, NativeTensor index, NativeTensor source) {
    return of(torch.index_add(t, dim, index.t, source.t));
  }

  public void indexAddInPlace(long dim, NativeTensor index, NativeTensor source) {
    t.index_add_(dim, index.t, source.t);
  }

  public void indexCopyInPlace(long dim, NativeTensor index, NativeTensor source) {
    t.index_copy_(dim, index.t, source.t);
  }

  public NativeTensor gather(long dim, NativeTensor index) {
    return of(t.gather(dim, index.t));
  }

  public NativeTensor scatter(long dim, NativeTensor index, NativeTensor source) {
    return of(t.scatter(dim, index.t, source.t));
  }

  public NativeTensor scatterAdd(long dim, NativeTensor index, NativeTensor source) {
    return of(torch.scatter_add(t, dim, index.t, source.t));
  }

  public NativeTensor nonzero() {
    return of(torch.nonzero(t));
  }

  public NativeTensor oneHot(long classes) {
    return of(torch.one_hot(t, classes));
  }

  public NativeTensor bincount(long minLength) {
    return of(t.bincount(NO_TENSOR, minLength));
  }

  // ---- matrices and layers

  public NativeTensor matmul(NativeTensor b) {
    return of(torch.matmul(t, b.t));
  }

  public NativeTensor linear(NativeTensor weight) {
    return of(Products.linear(t, weight.t, Optional.empty()));
  }

  public NativeTensor linear(NativeTensor weight, NativeTensor bias) {
    return of(Products.linear(t, weight.t, Optional.of(bias.t)));
  }

  public NativeTensor embedding(NativeTensor ids) {
    return of(torch.embedding(t, ids.t));
  }

  public NativeTensor softmax(long dim) {
    return of(t.softmax(dim));
  }

  public NativeTensor logSoftmax(long dim) {
    return of(t.log_softmax(dim));
  }

  public NativeTensor layerNorm(NativeTensor weight, Optional<NativeTensor> bias, double eps) {
    try (var w = new TensorOptional(weight.t);
        var b = bias.isPresent() ? new TensorOptional(bias.get().t) : new TensorOptional()) {
      return of(torch.layer_norm(t, weight.shape(), w, b, eps, true));
    }
  }

  public NativeTensor rmsNorm(NativeTensor weight, double eps) {
    try (var w = new TensorOptional(weight.t);
        var e = new org.bytedeco.pytorch.DoubleOptional(eps)) {
      return of(torch.rms_norm(t, weight.shape(), w, e));
    }
  }

  public NativeTensor attention(
      NativeTensor key,
      NativeTensor value,
      Optional<NativeTensor> mask,
      boolean causal,
      double scale,
      boolean groupedHeads) {
    try (var m = mask.isPresent() ? new TensorOptional(mask.get().t) : new TensorOptional();
        var s = new org.bytedeco.pytorch.DoubleOptional(scale)) {
      return of(
          torch.scaled_dot_product_attention(t, key.t, value.t, m, 0.0, causal, s, groupedHeads));
    }
  }

  public NativeTensor dropout(double probability) {
    return of(torch.dropout(t, probability, true));
  }

  public NativeTensor crossEntropy(NativeTensor labels, long ignoreIndex, double labelSmoothing) {
    return of(
        torch.cross_entropy_loss(
            t, labels.t, NO_TENSOR, /* reduction= mean */ 1, ignoreIndex, labelSmoothing));
  }

  public NativeTensor multinomial(long samples, boolean replacement, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      return of(t.multinomial(samples, replacement, g));
    }
  }

  public void uniformInPlace(double low, double high, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      t.uniform_(low, high, g);
    }
  }

  public void normalInPlace(double mean, double std, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      t.normal_(mean, std, g);
    }
  }

  // ---- creation

  public static NativeTensor empty(long[] shape, DType dtype, Device device) {
    return of(torch.empty(shape, Types.options(dtype, device), Types.NO_MEMORY_FORMAT));
  }

  public static NativeTensor zeros(long[] shape, DType dtype, Device device) {
    return of(torch.zeros(shape, Types.options(dtype, device)));
  }

  public static NativeTensor full(long[] shape, double value, DType dtype, Device device) {
    return of(withScalar(value, s -> torch.full(shape, s, Types.options(dtype, device))));
  }

  public static NativeTensor arange(long start, long end, DType dtype, Device device) {
    try (var s = new Scalar(start);
        var e = new Scalar(end)) {
      return of(torch.arange(s, e, Types.options(dtype, device)));
    }
  }

  /** A tensor on memory of somebody else; {@code whenFreed} runs with its last reference's end. */
  public static NativeTensor ofMemory(
      MemorySegment data, long[] shape, DType dtype, Runnable whenFreed) {
    return of(Borrowed.tensor(data, shape, dtype, whenFreed));
  }
}
