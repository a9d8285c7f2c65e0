package deepseek.bench.speed;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LibtorchProducts;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What libtorch has for the same product. */
public enum LibtorchPeer {
  BF16_LINEAR("bf16 linear"),
  INT8_WEIGHTS("_weight_int8pack_mm"),
  INT4_WEIGHTS("_weight_int4pack_mm"),
  INT_MM("_int_mm");

  private static final int GROUP = 32;

  private final String label;

  LibtorchPeer(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }

  /** Bytes of a weight [out, in], scales included. */
  long bytes(long out, long in) {
    return switch (this) {
      case BF16_LINEAR -> 2 * out * in;
      case INT8_WEIGHTS -> out * in + 2 * out;
      case INT4_WEIGHTS -> out * in / 2 + 4 * out * in / GROUP;
      case INT_MM -> out * in;
    };
  }

  /**
   * Bytes that {@link #products} takes while it makes a weight and its copies, as a number that no
   * product of sizes overflows.
   */
  double bytesInUse(int rows, long out, long in, int copies) {
    double madeOfAValue =
        switch (this) {
          case BF16_LINEAR -> 4 + 2; // float32, and what it is turned into
          case INT8_WEIGHTS, INT_MM -> 3 * 4 + 1;
          case INT4_WEIGHTS -> 3 * 4 + 0.5;
        };
    double activations = (double) rows * (13.0 * in + 4.0 * out);
    return madeOfAValue * out * in + (double) copies * bytes(out, in) + activations;
  }

  /** The products of one row of activations or many with copies of a weight, in the open scope. */
  List<Runnable> products(int rows, int out, int in, int copies) {
    try (Rng rng = Rng.seeded(0)) {
      Tensor x = Tensor.randn(rng, rows, in).to(DType.BFLOAT16);
      return switch (this) {
        case BF16_LINEAR -> {
          Tensor w = Tensor.randn(rng, out, in).to(DType.BFLOAT16);
          yield over(w, copies, x::linear);
        }
        case INT8_WEIGHTS -> {
          Tensor w = whole(rng, 127, out, in);
          Tensor scales = Tensor.full(0.01, DType.BFLOAT16, Device.CPU, out);
          yield over(w, copies, each -> LibtorchProducts.int8Weights(x, each, scales));
        }
        case INT4_WEIGHTS -> {
          Tensor w = Tensor.rand(rng, out, in).mul(15).to(DType.INT32);
          Tensor scales = Tensor.full(0.01, DType.BFLOAT16, Device.CPU, in / GROUP, out, 2);
          yield over(
              LibtorchProducts.packInt4(w),
              copies,
              each -> LibtorchProducts.int4Weights(x, each, GROUP, scales));
        }
        case INT_MM -> {
          Tensor a = whole(rng, 127, rows, in);
          Tensor w = whole(rng, 127, out, in);
          yield over(w, copies, each -> LibtorchProducts.intMatmul(a, each.transpose(0, 1)));
        }
      };
    }
  }

  private static Tensor whole(Rng rng, int most, long... shape) {
    return Tensor.rand(rng, shape).sub(0.5).mul(2.0 * most).to(DType.INT8);
  }

  private static List<Runnable> over(Tensor weight, int copies, UnaryOperator<Tensor> product) {
    List<Runnable> all = new ArrayList<>();
    for (int i = 0; i < copies; i++) {
      Tensor own = weight.copy();
      all.add(
          () -> {
            try (Scope scope = Scope.open()) {
              Tensor _ = product.apply(own);
            }
          });
    }
    return all;
  }
}
