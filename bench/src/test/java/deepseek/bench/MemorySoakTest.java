package deepseek.bench;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/** Resident memory stays where it is, however long a process lives: docs/memory.md. */
@Tag("soak")
@EnabledOnOs(OS.LINUX)
@ExtendWith(LeakCheck.class)
class MemorySoakTest {
  private static final double MOST_GROWTH = 0.02;
  private static final String REAL = System.getProperty("soak.model", "smollm2:135m");

  @Test
  void tenThousandAnswersOfATinyModel() {
    try (CausalLm model = AutoModel.causalLm(Soak.TINY)) {
      Soak.answer(model, 1_500);
      expectFlat("10,000 answers", () -> Soak.answer(model, 10_000));
    }
  }

  @Test
  void aThousandBatchesOfATinyModel() {
    try (CausalLm model = AutoModel.causalLm(Soak.TINY)) {
      Soak.answerInBatches(model, 300);
      expectFlat("1,000 batches", () -> Soak.answerInBatches(model, 1_000));
    }
  }

  @Test
  void twoHundredOpenedAndClosedTinyModels() {
    Soak.openAndClose(Soak.TINY, 40);
    expectFlat("200 open/close cycles", () -> Soak.openAndClose(Soak.TINY, 200));
  }

  @Test
  void aHundredAnswersOfARealModel() {
    try (CausalLm model = AutoModel.causalLm(REAL)) {
      Soak.answer(model, 25);
      expectFlat("100 answers of " + REAL, () -> Soak.answer(model, 100));
    }
  }

  @Test
  void twentyOpenedAndClosedRealModels() {
    Soak.openAndClose(REAL, 12);
    expectFlat("20 open/close cycles of " + REAL, () -> Soak.openAndClose(REAL, 20));
  }

  private static void expectFlat(String what, Runnable work) {
    long before = Soak.resident();
    work.run();
    long after = Soak.resident();
    System.out.printf(
        "%s: %.1f MB before, %.1f MB after, %+.2f%%%n",
        what, before / 1e6, after / 1e6, 100.0 * (after - before) / before);
    assertThat((double) (after - before) / before).as(what).isLessThan(MOST_GROWTH);
  }
}
