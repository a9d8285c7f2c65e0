package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fed with the times of a machine that is made up: nothing here is timed. */
class ActiveWorkersTest {
  private static final long ALONE = 8_000_000;
  private static final int STEPS_A_WINDOW = (int) (ActiveWorkers.WINDOW_NANOS / ALONE + 1);

  private final List<Integer> told = new ArrayList<>();

  /** Steps of {@code ALONE} for one worker, on cores of which others have {@code taken}. */
  private static final class Cores {
    final int all;
    int taken;
    long nanos;

    Cores(int all) {
      this.all = all;
    }

    void step(ActiveWorkers workers) {
      int count = workers.count();
      long stalled = count > all - taken ? ALONE : 0;
      nanos += ALONE / count + stalled;
      workers.ran(ALONE / count + stalled, stalled);
    }

    void steps(ActiveWorkers workers, int count) {
      for (int i = 0; i < count; i++) {
        step(workers);
      }
    }
  }

  private ActiveWorkers workers(int all) {
    return new ActiveWorkers(all, told::add);
  }

  @Test
  void allRunOnCoresThatNobodyElseWants() {
    Cores cores = new Cores(2);
    ActiveWorkers workers = workers(2);
    cores.steps(workers, 10_000);
    assertThat(workers.count()).isEqualTo(2);
    assertThat(cores.nanos).isEqualTo(10_000 * ALONE / 2);
  }

  @Test
  void oneTakenCoreCostsNoMoreThanItsWorkerAndAFewTrials() {
    Cores cores = new Cores(2);
    ActiveWorkers workers = workers(2);
    cores.taken = 1;
    cores.steps(workers, 2_000);
    assertThat(workers.count()).isEqualTo(1);
    assertThat((double) cores.nanos).isBetween(2_000.0 * ALONE, 1.05 * 2_000 * ALONE);
  }

  @Test
  void asManyAreLeftOutAsCoresAreTaken() {
    Cores cores = new Cores(8);
    ActiveWorkers workers = workers(8);
    cores.taken = 3;
    cores.steps(workers, 2_000);
    assertThat(workers.count()).isBetween(5, 6); // 6: in a trial
  }

  @Test
  void allRunAgainOnceTheCoreIsFree() {
    Cores cores = new Cores(2);
    ActiveWorkers workers = workers(2);
    cores.taken = 1;
    cores.steps(workers, 2_000);
    cores.taken = 0;
    cores.steps(workers, (ActiveWorkers.LATE + 2) * STEPS_A_WINDOW);
    assertThat(workers.count()).isEqualTo(2);
  }

  @Test
  void aShortDisturbanceChangesNothing() {
    ActiveWorkers workers = workers(2);
    for (int i = 0; i < 1_000; i++) {
      boolean isDisturbed = i % ActiveWorkers.PATIENCE != 0;
      workers.ran(ActiveWorkers.WINDOW_NANOS, isDisturbed ? ActiveWorkers.WINDOW_NANOS : 0);
      assertThat(workers.count()).isEqualTo(2);
    }
  }

  @Test
  void waitsThatOneWorkerLessWouldNotMakeGoodAreTaken() {
    ActiveWorkers workers = workers(4);
    for (int i = 0; i < 1_000; i++) {
      workers.ran(ActiveWorkers.WINDOW_NANOS, ActiveWorkers.WINDOW_NANOS / 4);
    }
    assertThat(workers.count()).isEqualTo(4);
  }

  @Test
  void itIsSaidOnceTrialsHaveFailedForAWhile() {
    Cores cores = new Cores(2);
    ActiveWorkers workers = workers(2);
    cores.taken = 1;
    cores.steps(workers, ActiveWorkers.PATIENCE * STEPS_A_WINDOW);
    assertThat(workers.count()).isEqualTo(1);
    assertThat(told).isEmpty();
    cores.steps(workers, 10_000);
    assertThat(told).containsExactly(1);
  }

  @Test
  void slowTrialsAreRarerThanQuickOnes() {
    ActiveWorkers workers = workers(2);
    long alone = 0;
    long tried = 0;
    for (int i = 0; i < 100_000; i++) {
      long nanos = workers.count() == 1 ? ALONE : 100 * ALONE;
      alone += workers.count() == 1 ? nanos : 0;
      tried += workers.count() == 1 ? 0 : nanos;
      workers.ran(nanos, workers.count() == 1 ? 0 : nanos * 9 / 10);
    }
    assertThat((double) tried / alone).isLessThan(0.03);
  }

  @Test
  void oneWorkerAloneStays() {
    ActiveWorkers workers = workers(1);
    for (int i = 0; i < 100; i++) {
      workers.ran(ActiveWorkers.WINDOW_NANOS, 0);
    }
    assertThat(workers.count()).isEqualTo(1);
  }
}
