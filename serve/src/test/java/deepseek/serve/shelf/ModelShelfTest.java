package deepseek.serve.shelf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.models.ModelException;
import deepseek.serve.ServeException;
import deepseek.serve.http.ApiException;
import deepseek.serve.shelf.ModelShelf.State;
import deepseek.serve.shelf.ServedModel.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ModelShelfTest {
  private static final String ENCODER = "../models/src/test/resources/golden/sentence-mean";

  private static ServedModel model(String name) {
    return ServedModel.of(ENCODER, Task.EMBEDDING).withName(name);
  }

  private static ModelShelf shelf(long budget, Function<ServedModel, Loaded> opening) {
    return new ModelShelf(
        List.of(model("a"), model("b"), model("c")), OptionalLong.of(budget), opening, model -> 10);
  }

  private static List<String> open(ModelShelf shelf) {
    return shelf.states().stream().filter(State::isOpen).map(s -> s.served().name()).toList();
  }

  private static Lease<Loaded.Embedding> borrow(ModelShelf shelf, String name) {
    return shelf.borrow(name, Loaded.Embedding.class);
  }

  @Test
  void modelsAreOpenedWhenAskedForAndOnce() {
    AtomicInteger openings = new AtomicInteger();
    try (ModelShelf shelf =
        shelf(
            100,
            model -> {
              openings.incrementAndGet();
              return Loaded.open(model);
            })) {
      assertThat(open(shelf)).isEmpty();
      borrow(shelf, "b").close();
      borrow(shelf, "b").close();
      assertThat(open(shelf)).containsExactly("b");
      assertThat(openings).hasValue(1);
    }
  }

  @Test
  void thoseThatWaitForTheSameModelGetTheSame() throws Exception {
    AtomicInteger openings = new AtomicInteger();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ModelShelf shelf =
        shelf(
            100,
            model -> {
              openings.incrementAndGet();
              started.countDown();
              await(goOn);
              return Loaded.open(model);
            })) {
      List<CompletableFuture<Loaded>> borrowed = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        borrowed.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try (Lease<Loaded.Embedding> lease = borrow(shelf, "a")) {
                    return lease.model();
                  }
                },
                Thread::startVirtualThread));
      }
      started.await();
      goOn.countDown();
      Loaded first = borrowed.getFirst().get();
      for (CompletableFuture<Loaded> other : borrowed) {
        assertThat(other.get()).isSameAs(first);
      }
      assertThat(openings).hasValue(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theLeastRecentlyUsedIdleOneMakesRoom() {
    try (ModelShelf shelf = shelf(20, Loaded::open)) {
      borrow(shelf, "a").close();
      borrow(shelf, "b").close();
      borrow(shelf, "a").close();
      borrow(shelf, "c").close();
      assertThat(open(shelf)).containsExactly("a", "c");
      try (Lease<Loaded.Embedding> inUse = borrow(shelf, "a")) {
        borrow(shelf, "b").close();
        assertThat(open(shelf)).containsExactly("a", "b");
        assertThat(inUse.model().encoder().encode("still open")).isNotEmpty();
      }
    }
  }

  @Test
  void wherePlaceIsTakenByModelsInUseThereIsNone() {
    try (ModelShelf shelf = shelf(20, Loaded::open);
        Lease<Loaded.Embedding> a = borrow(shelf, "a");
        Lease<Loaded.Embedding> b = borrow(shelf, "b")) {
      assertThat(a.model()).isNotSameAs(b.model());
      assertThatThrownBy(() -> borrow(shelf, "c"))
          .isInstanceOfSatisfying(
              ApiException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(ApiException.Kind.UNAVAILABLE);
                assertThat(e.retryAfter()).isPresent();
              });
      b.close();
      borrow(shelf, "c").close();
      assertThat(open(shelf)).containsExactly("a", "c");
    }
  }

  @Test
  void aModelThatCannotBeOpenedFailsAloneAndIsNotTriedAtOnce() {
    List<String> tried = Collections.synchronizedList(new ArrayList<>());
    try (ModelShelf shelf =
        shelf(
            100,
            model -> {
              tried.add(model.name());
              if (model.name().equals("a")) {
                throw new ModelException("open it", "a model", "none", "get one");
              }
              return Loaded.open(model);
            })) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> borrow(shelf, "a"))
            .isInstanceOfSatisfying(
                ApiException.class,
                e -> {
                  assertThat(e.code()).contains("model_not_loaded");
                  assertThat(e).hasMessageNotContaining("get one");
                });
      }
      borrow(shelf, "b").close();
      assertThat(tried).containsExactly("a", "b");
      assertThat(shelf.states().getFirst().hasFailed()).isTrue();
    }
  }

  @Test
  void modelsInUseAreClosedWhenGivenBack() throws Exception {
    ModelShelf shelf = shelf(100, Loaded::open);
    Lease<Loaded.Embedding> lease = borrow(shelf, "a");
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(shelf::close, Thread::startVirtualThread);
    assertThat(lease.model().encoder().encode("still open")).isNotEmpty();
    lease.close();
    closing.get();
    assertThatThrownBy(() -> lease.model().encoder().encode("closed"))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> borrow(shelf, "a")).isInstanceOf(ApiException.class);
  }

  @Test
  void eachNameIsThereOnce() {
    assertThatThrownBy(() -> new ModelShelf(List.of(model("a"), model("a")), OptionalLong.empty()))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("two called a");
  }

  @Test
  void aModelIsAsLargeAsItsWeights() {
    assertThat(ModelSize.bytes(model("a"))).isBetween(10_000L, 1_000_000L);
  }
}
