package deepseek.compute;

import deepseek.compute.internal.NativeTensor;
import java.util.List;
import java.util.Optional;

/** The same values in another shape, order, type or place. Views share memory where they can. */
sealed interface ShapeOps permits Tensor {
  Tensor self();

  /** Another shape of as many elements; one size may be -1. A view where strides allow. */
  default Tensor reshape(long... shape) {
    return Op.view("reshape", self(), h -> h.reshape(shape), a -> a.reshape(shape));
  }

  /** A view with the dims in this order: size i of the result is size {@code dims[i]}. */
  default Tensor permute(long... dims) {
    return Op.unary("permute", self(), a -> a.permute(dims));
  }

  default Tensor transpose(int a, int b) {
    return Op.unary("transpose", self(), t -> t.transpose(a, b));
  }

  /** A view without this dim if its size is 1, else of the same shape. */
  default Tensor squeeze(int dim) {
    return Op.unary("squeeze", self(), a -> a.squeeze(dim));
  }

  default Tensor unsqueeze(int dim) {
    return Op.unary("unsqueeze", self(), a -> a.unsqueeze(dim));
  }

  /** Repeats dims of size 1 without copying; -1 keeps a size. */
  default Tensor expand(long... shape) {
    return Op.unary("expand", self(), a -> a.expand(shape));
  }

  default Tensor repeat(long... times) {
    return Op.unary("repeat", self(), a -> a.repeat(times));
  }

  /** Each slice along {@code dim}, {@code times} times in a row. */
  default Tensor repeatInterleave(long times, int dim) {
    return Op.unary("repeatInterleave", self(), a -> a.repeatInterleave(times, dim));
  }

  /** A copy with the elements along each of these dims in reverse. */
  default Tensor flip(long... dims) {
    return Op.unary("flip", self(), a -> a.flip(dims));
  }

  /** {@code length} elements along {@code dim} from {@code start}; a view. */
  default Tensor narrow(int dim, long start, long length) {
    return Op.view(
        "narrow", self(), h -> h.narrow(dim, start, length), a -> a.narrow(dim, start, length));
  }

  /**
   * Every {@code step}-th along {@code dim} from {@code start} up to but without {@code end}; a
   * view. Negative bounds count from the end, bounds outside are moved to it; {@code step} is at
   * least 1.
   */
  default Tensor slice(int dim, long start, long end, long step) {
    return Op.unary("slice", self(), a -> a.slice(dim, start, end, step));
  }

  /** One index along {@code dim}, which goes; a view. */
  default Tensor select(int dim, long index) {
    return Op.view("select", self(), h -> h.select(dim, index), a -> a.select(dim, index));
  }

  /** Views of the given sizes along {@code dim}. */
  default List<Tensor> split(int dim, long... sizes) {
    return Op.toMany("split", self(), a -> a.split(sizes, dim));
  }

  /**
   * A copy of matrices [.., rows, columns] with zeros above a diagonal: 0 the main one, 1 the next
   * above it, -1 the next below.
   */
  default Tensor tril(long diagonal) {
    return Op.unary("tril", self(), a -> a.tril(diagonal));
  }

  /** The same with zeros below the diagonal. */
  default Tensor triu(long diagonal) {
    return Op.unary("triu", self(), a -> a.triu(diagonal));
  }

  default Tensor contiguous() {
    return Op.view("contiguous", self(), h -> Optional.of(h.alias()), NativeTensor::contiguous);
  }

  /**
   * A copy with {@code size} elements along {@code dim}, those after this one's own to be written
   * before they are read.
   */
  default Tensor grown(int dim, long size) {
    return Growth.of(self(), dim, size);
  }

  /** A copy with memory of its own. */
  default Tensor copy() {
    return Op.unary("copy", self(), NativeTensor::copy);
  }

  /** A second reference to the same memory, owned by the innermost scope. */
  default Tensor alias() {
    return Op.view("alias", self(), h -> Optional.of(h.alias()), NativeTensor::alias);
  }

  default Tensor to(DType dtype) {
    ComputeException.present("to", "a type", dtype);
    return Op.view("to", self(), h -> h.to(dtype), a -> a.to(dtype));
  }

  default Tensor to(Device device) {
    ComputeException.present("to", "a device", device);
    return Op.view(
        "to",
        self(),
        h -> device.type() == Device.Type.CPU ? Optional.of(h.alias()) : Optional.empty(),
        a -> a.to(device));
  }

  /** The same bytes read as another type; the last dim shrinks or grows with its size. */
  default Tensor viewAs(DType dtype) {
    return Op.unary("viewAs", self(), a -> a.viewAs(dtype));
  }

  /** Overwrites this with {@code source}, converted and broadcast. */
  default Tensor copyFrom(Tensor source) {
    return Op.effect("copyFrom", self(), source, NativeTensor::copyFrom);
  }
}
