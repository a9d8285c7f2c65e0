package deepseek.bench.speed;

import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A product to be timed, ours next to what libtorch has for it.
 *
 * @param kind which of our kernels, and what of the weight counts
 * @param form of the weight
 * @param density which share of the weight counts
 */
public record ProductCase(
    ProductWorkload.Kind kind,
    WeightOperand form,
    int rows,
    double density,
    Optional<LibtorchPeer> peer) {

  /** What is compared for a weight [out, in] and this many rows. */
  public static List<ProductCase> of(int rows, int out, int in) {
    List<ProductCase> cases = new ArrayList<>();
    boolean one = rows == 1;
    LibtorchPeer bf16 = LibtorchPeer.BF16_LINEAR;
    cases.add(dense(WeightFormat.INT4, rows, out, in, LibtorchPeer.INT4_WEIGHTS));
    if (one) {
      cases.add(dense(WeightFormat.INT4_OFFSET, rows, out, in, LibtorchPeer.INT4_WEIGHTS));
      cases.add(dense(WeightFormat.INT8, rows, out, in, LibtorchPeer.INT8_WEIGHTS));
    } else {
      cases.add(dense(WeightFormat.INT4, rows, out, in, bf16));
      cases.add(bytes(WeightFormat.INT4, rows, out, in, bf16));
      cases.add(dense(WeightFormat.INT8, rows, out, in, LibtorchPeer.INT8_WEIGHTS));
      cases.add(dense(WeightFormat.INT8, rows, out, in, LibtorchPeer.INT_MM));
      cases.add(bytes(WeightFormat.INT8, rows, out, in, LibtorchPeer.INT_MM));
    }
    cases.add(dense(WeightFormat.BF16, rows, out, in, bf16));
    return cases;
  }

  /** The Vector API's kernels. */
  public static List<ProductCase> inJava(int out, int in) {
    return List.of(
        inJava(WeightFormat.INT4, out, in, LibtorchPeer.INT4_WEIGHTS),
        inJava(WeightFormat.INT8, out, in, LibtorchPeer.INT8_WEIGHTS));
  }

  /** One row times weights of which a share counts. */
  public static List<ProductCase> sparse(WeightFormat format, int out, int in) {
    List<ProductCase> cases = new ArrayList<>();
    for (ProductWorkload.Kind kind : ProductWorkload.Kind.values()) {
      if (!kind.isSparse() || !kind.has(format)) {
        continue;
      }
      for (double density : new double[] {1, 0.5, 0.25, 0.1}) {
        WeightOperand form = new WeightOperand(format, 0, in, out);
        cases.add(new ProductCase(kind, form, 1, density, Optional.empty()));
      }
    }
    return cases;
  }

  private static ProductCase dense(
      WeightFormat format, int rows, int out, int in, LibtorchPeer peer) {
    WeightOperand form = new WeightOperand(format, 0, in, out);
    return new ProductCase(ProductWorkload.Kind.DENSE, form, rows, 1, Optional.of(peer));
  }

  private static ProductCase bytes(
      WeightFormat format, int rows, int out, int in, LibtorchPeer peer) {
    WeightOperand form = new WeightOperand(format, 0, in, out, WeightOperand.Activations.BITS_8);
    return new ProductCase(ProductWorkload.Kind.DENSE, form, rows, 1, Optional.of(peer));
  }

  private static ProductCase inJava(WeightFormat format, int out, int in, LibtorchPeer peer) {
    WeightOperand form = new WeightOperand(format, 0, in, out);
    return new ProductCase(ProductWorkload.Kind.DENSE_IN_JAVA, form, 1, 1, Optional.of(peer));
  }

  /** The weight's format, and what else is particular. */
  public String name() {
    String name = form.format().toString();
    if (form.format().isPacked() && rows > 1) {
      name += form.activations() == WeightOperand.Activations.BITS_8 ? " x 8 bits" : " x 16 bits";
    }
    return switch (kind) {
      case DENSE -> name;
      case DENSE_IN_JAVA -> name + ", Vector API";
      case BLOCKS, OUTPUT_BLOCKS, INPUT_BLOCKS, OUTPUTS, INPUTS, EXPERTS -> name + ", " + kind;
    };
  }
}
