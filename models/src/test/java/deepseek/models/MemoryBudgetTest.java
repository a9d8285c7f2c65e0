package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.store.Weights;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class MemoryBudgetTest {
  private final GoldenCase golden = new GoldenCase("qwen2-window");

  private static long bytes(Collection<String> names, Weights weights) {
    return names.stream().mapToLong(name -> weights.info(name).elements() * Float.BYTES).sum();
  }

  @Test
  void aModelRunsInLessMemoryThanItsWeightsTake() {
    long all;
    try (Weights weights = golden.weights()) {
      all = bytes(weights.names(), weights);
    }
    long before = Scope.live();
    try (Decoder whole = golden.decoder(ModelOptions.defaults());
        Decoder tight = golden.decoder(ModelOptions.defaults().withMemoryBudget(all * 4 / 5));
        var scope = Scope.open()) {
      Tensor ids = golden.reference("input_ids");
      Tensor expected = whole.forward(ids);
      long wholeTensors = Scope.live() - before;
      long start = Scope.live();
      Tensor got = tight.forward(ids);
      assertThat(Scope.live() - start).as("tensors kept").isLessThan(wholeTensors);
      assertThat(got.sub(expected).abs().max().item()).isZero();
      assertThat(tight.forward(ids).sub(expected).abs().max().item()).isZero();
    }
  }

  @Test
  void aBudgetThatCannotHoldTwoLayersIsAnError() {
    assertThatThrownBy(() -> golden.decoder(ModelOptions.defaults().withMemoryBudget(1000)).close())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("fit the memory budget: expected at least")
        .hasMessageContaining("raise the budget");
  }
}
