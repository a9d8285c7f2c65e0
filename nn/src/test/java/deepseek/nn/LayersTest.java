package deepseek.nn;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each layer against a plain composition of tensor operations, forward and backward. */
@ExtendWith(LeakCheck.class)
class LayersTest {
  private static final double EPS = 1e-5;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void linear(long seed) {
    check(
        seed,
        (p, sizes) -> Linear.of(p, sizes.dim(), sizes.other())::forward,
        (p, x) -> x.matmul(p.get("weight").transpose(0, 1)));
    check(
        seed,
        (p, sizes) -> Linear.biased(p, sizes.dim(), sizes.other())::forward,
        (p, x) -> x.matmul(p.get("weight").transpose(0, 1)).add(p.get("bias")));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void rmsNorm(long seed) {
    check(
        seed,
        (p, sizes) -> RmsNorm.of(p, sizes.dim(), EPS)::forward,
        (p, x) -> normed(x).mul(p.get("weight")));
    check(
        seed,
        (p, sizes) -> RmsNorm.of(p, sizes.dim(), EPS, RmsNorm.Form.OFFSET)::forward,
        (p, x) -> normed(x).mul(p.get("weight").add(1)));
  }

  private static Tensor normed(Tensor x) {
    return x.mul(x.mul(x).meanKeepDim(-1).add(EPS).rsqrt());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void layerNorm(long seed) {
    check(
        seed,
        (p, sizes) -> LayerNorm.of(p, sizes.dim(), EPS)::forward,
        (p, x) -> {
          Tensor centred = x.sub(x.meanKeepDim(-1));
          return normed(centred).mul(p.get("weight")).add(p.get("bias"));
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void gatedMlp(long seed) {
    for (Activation activation : Activation.values()) {
      check(
          seed,
          (p, sizes) ->
              GatedMlp.of(
                      GatedMlp.Settings.of(sizes.dim(), sizes.other(), activation)
                          .withBias(Linear.Bias.ADDED),
                      p)
                  ::forward,
          (p, x) -> {
            Tensor gate = affine(p, "gate_proj", x);
            Tensor up = affine(p, "up_proj", x);
            return affine(p, "down_proj", plain(activation, gate).mul(up));
          });
    }
  }

  private static Tensor plain(Activation activation, Tensor x) {
    return switch (activation) {
      case SILU -> x.div(x.neg().exp().add(1));
      case GELU -> x.mul(0.5).mul(x.div(Math.sqrt(2)).erf().add(1));
      case GELU_TANH ->
          x.mul(0.5).mul(x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)).tanh().add(1));
      case QUICK_GELU -> x.div(x.mul(-1.702).exp().add(1));
      case RELU -> x.clampMin(0);
      case RELU_SQUARED -> x.clampMin(0).mul(x.clampMin(0));
    };
  }

  private static Tensor affine(Named p, String name, Tensor x) {
    return x.matmul(p.get(name + ".weight").transpose(0, 1)).add(p.get(name + ".bias"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void embedding(long seed) {
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed)) {
      RandomParameters p = new RandomParameters(rng);
      Embedding table = Embedding.of(p, 7, 5);
      Tensor ids = Tensor.rand(rng, 2, 3).mul(7).to(DType.INT64).to(Device.CPU);
      Gradients.assertSame(
          rng,
          p.made().values(),
          () -> table.logits(table.forward(ids)),
          () -> {
            Tensor rows = p.get("weight").indexSelect(0, ids.reshape(-1)).reshape(2, 3, 5);
            return rows.matmul(p.get("weight").transpose(0, 1));
          });
    }
  }

  private record Sizes(long dim, long other) {}

  /** Parameters by name that exist already. */
  private interface Named {
    Tensor get(String name);
  }

  private static void check(
      long seed,
      BiFunction<Parameters, Sizes, Function<Tensor, Tensor>> layer,
      BiFunction<Named, Tensor, Tensor> plain) {
    Random shapes = new Random(seed);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed)) {
      Sizes sizes = new Sizes(1 + shapes.nextInt(9), 1 + shapes.nextInt(9));
      RandomParameters p = new RandomParameters(rng);
      Function<Tensor, Tensor> ours = layer.apply(p, sizes);
      Tensor x =
          Tensor.randn(rng, 1 + shapes.nextInt(3), 1 + shapes.nextInt(5), sizes.dim()).withGrad();
      List<Tensor> leaves = new ArrayList<>(p.made().values());
      leaves.add(x);
      Gradients.assertSame(rng, leaves, () -> ours.apply(x), () -> plain.apply(p::known, x));
    }
  }
}
