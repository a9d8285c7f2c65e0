package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class ScopeTest {
  @Test
  void closingFreesWhatWasMadeInside() {
    long before = Scope.live();
    try (var scope = Scope.open()) {
      Tensor.zeros(2, 2).add(1).mul(3);
      assertThat(Scope.live()).isEqualTo(before + 3);
    }
    assertThat(Scope.live()).isEqualTo(before);
  }

  @Test
  void keepHandsOneTensorToTheParent() {
    try (var outer = Scope.open()) {
      Tensor kept;
      Tensor dropped;
      try (var inner = Scope.open()) {
        dropped = Tensor.ones(3);
        kept = inner.keep(dropped.add(1));
      }
      assertThat(kept.toFloats()).containsExactly(2, 2, 2);
      assertThatThrownBy(() -> dropped.add(kept))
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("add: expected an open tensor, got the closed result of 'full'");
    }
  }

  @Test
  void keepFromTheOutermostScopeHandsItToTheCaller() {
    Tensor kept;
    try (var scope = Scope.open()) {
      kept = scope.keep(Tensor.ones(2));
    }
    assertThat(kept.isClosed()).isFalse();
    kept.close();
    kept.close();
    assertThat(kept.isClosed()).isTrue();
  }

  @Test
  void everyTensorIsFreedWhicheverWereClosedBefore() {
    try (var scope = Scope.open()) {
      Tensor[] made = new Tensor[100];
      for (int i = 0; i < made.length; i++) {
        made[i] = Tensor.full(i, DType.FLOAT32, Device.CPU, 1);
      }
      for (int i = 0; i < made.length; i += 3) {
        made[i].close();
      }
      for (int i = 1; i < made.length; i += 3) {
        assertThat(made[i].item()).isEqualTo(i);
      }
    }
  }

  @Test
  void noScopeIsAnError() {
    assertThatThrownBy(() -> Tensor.zeros(1))
        .isInstanceOf(ComputeException.class)
        .hasMessageContaining("Scope.open()");
  }

  @Test
  void closingOutOfOrderIsAnError() {
    try (var outer = Scope.open();
        var inner = Scope.open()) {
      assertThatThrownBy(outer::close).hasMessageContaining("innermost");
      assertThat(Tensor.ones(1).item()).isEqualTo(1);
    }
  }

  @Test
  void keepingWhatBelongsElsewhereIsAnError() {
    try (var outer = Scope.open()) {
      Tensor outside = Tensor.ones(1);
      try (var inner = Scope.open()) {
        assertThatThrownBy(() -> inner.keep(outside)).hasMessageContaining("keep a tensor");
      }
    }
  }

  @Test
  void anotherThreadMayOnlyReadOwnedTensors() throws InterruptedException {
    AtomicReference<Throwable> refused = new AtomicReference<>();
    float[][] read = new float[1][];
    Tensor owned;
    try (var scope = Scope.open()) {
      Tensor confined = Tensor.ones(1);
      owned = Tensor.ones(2).own();
      Thread thread =
          new Thread(
              () -> {
                read[0] = owned.toFloats();
                try {
                  confined.toFloats();
                } catch (ComputeException e) {
                  refused.set(e);
                }
              });
      thread.start();
      thread.join();
    }
    owned.close();
    assertThat(read[0]).containsExactly(1, 1);
    assertThat(refused.get()).hasMessageContaining("another thread's scope");
  }
}
