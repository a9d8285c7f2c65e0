package deepseek.nn;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Rng;
import deepseek.compute.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Parameters made up on demand from a seeded stream, with gradients. */
public final class RandomParameters implements Parameters {
  private final Rng rng;
  private final Map<String, Tensor> made = new LinkedHashMap<>();

  public RandomParameters(Rng rng) {
    this.rng = rng;
  }

  @Override
  public Tensor get(String name, long... shape) {
    return made.computeIfAbsent(
        name,
        n -> Tensor.empty(DType.FLOAT32, Device.CPU, shape).normalInPlace(0, 0.4, rng).withGrad());
  }

  @Override
  public Tensor get(String name, DType dtype, long... shape) {
    return get(name, shape);
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  @Override
  public boolean contains(String name) {
    return true;
  }

  @Override
  public boolean same(String name, String other) {
    return name.equals(other);
  }

  /** One that was asked for before. */
  public Tensor known(String name) {
    return Objects.requireNonNull(made.get(name), name);
  }

  /** What was asked for so far, by its path. */
  public Map<String, Tensor> made() {
    return made;
  }
}
