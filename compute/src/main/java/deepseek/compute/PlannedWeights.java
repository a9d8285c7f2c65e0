package deepseek.compute;

import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The weights of a plan, as its kernels take them. What these can't take is refused with an {@link
 * PlanRefusedException}.
 */
final class PlannedWeights {
  private final Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());

  /** What holds the weights so far, each once. */
  List<Tensor> tensors() {
    return List.copyOf(tensors);
  }

  WeightOperand kernel(Weight weight) {
    WeightOperand known =
        switch (weight) {
          case QTensor packed -> packed.form(PlanChecks.OPERATION);
          case BlockSparse blocks -> throw new PlanRefusedException(blocks.toString());
          case Weight.Plain(Tensor t) -> plain(t);
        };
    tensors.add(weight.tensor());
    return known;
  }

  private static WeightOperand plain(Tensor t) {
    WeightFormat format = format(t.dtype());
    if (t.device().type() != Device.Type.CPU) {
      throw new PlanRefusedException("a weight on " + t.device());
    }
    if (!t.isContiguous()) {
      throw new PlanRefusedException("a weight with gaps");
    }
    return new WeightOperand(format, t.dataAddress(), t.size(1), t.size(0));
  }

  private static WeightFormat format(DType dtype) {
    return switch (dtype) {
      case BFLOAT16 -> WeightFormat.BF16;
      case FLOAT16 -> WeightFormat.F16;
      case FLOAT32 -> WeightFormat.F32;
      default -> throw new PlanRefusedException("values of " + dtype);
    };
  }

  /** A part of each of these experts. */
  List<WeightOperand> kernels(
      List<PlanBuilder.Expert> experts, Function<PlanBuilder.Expert, Weight> part) {
    return experts.stream().map(part).map(this::kernel).toList();
  }
}
