package deepseek.nn;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import java.util.function.Predicate;

/** Where layers get their parameters from when they are built: a checkpoint, say. */
public interface Parameters {
  /**
   * The parameter of this name, in the innermost scope.
   *
   * @throws deepseek.DeepseekException when it is missing or has another shape
   */
  Tensor get(String name, long... shape);

  /** The same in a type of the layer's choice, where the model's would be too coarse. */
  Tensor get(String name, DType dtype, long... shape);

  /**
   * A matrix that activations are multiplied with, in the innermost scope: plain, or packed where
   * the model is quantised.
   */
  default Weight weight(String name, long out, long in) {
    return new Weight.Plain(get(name, out, in));
  }

  /**
   * Says that a model has taken all it needs, so that what only making them needs may go.
   *
   * @param spare names that the model knows and runs without
   * @throws deepseek.DeepseekException when there are others that it never took
   */
  default void complete(Predicate<String> spare) {}

  /** The type that activations have. */
  DType dtype();

  /** Whether the checkpoint has this tensor. */
  boolean contains(String name);

  /** Whether two parameters have the same shape and the same numbers. */
  boolean same(String name, String other);

  /** The parameters below {@code prefix}, named from there. */
  default Parameters at(String prefix) {
    Parameters whole = this;
    return new Parameters() {
      @Override
      public Tensor get(String name, long... shape) {
        return whole.get(prefix + "." + name, shape);
      }

      @Override
      public Tensor get(String name, DType dtype, long... shape) {
        return whole.get(prefix + "." + name, dtype, shape);
      }

      @Override
      public Weight weight(String name, long out, long in) {
        return whole.weight(prefix + "." + name, out, in);
      }

      @Override
      public DType dtype() {
        return whole.dtype();
      }

      @Override
      public boolean contains(String name) {
        return whole.contains(prefix + "." + name);
      }

      @Override
      public boolean same(String name, String other) {
        return whole.same(prefix + "." + name, prefix + "." + other);
      }
    };
  }
}
