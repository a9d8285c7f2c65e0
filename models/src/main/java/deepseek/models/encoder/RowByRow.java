package deepseek.models.encoder;

import deepseek.compute.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Layers on one row at a time: libtorch's products add up in another order for another number of
 * rows, and a text's result must not depend on those next to it.
 */
final class RowByRow {
  private RowByRow() {}

  /** {@code layers} of each row of x [B, D], as rows [B, N]. */
  static Tensor of(Tensor xBD, UnaryOperator<Tensor> layers) {
    List<Tensor> rows = new ArrayList<>();
    for (int row = 0; row < xBD.size(0); row++) {
      rows.add(layers.apply(xBD.narrow(0, row, 1)));
    }
    return Tensor.cat(rows, 0);
  }
}
