package deepseek.kernel.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * How many workers run a step, at most all: a worker whose core another program has is waited for
 * after each operation, and two workers are then slower than one alone.
 *
 * <p>Of {@code n} workers that took the time T and for L of it waited for one, {@code n - 1} would
 * take {@code (T - L) n / (n - 1)}. So while L is more than T / n one worker less runs. Now and
 * then one more is tried for a while; the more such trials fail the rarer they are, until they cost
 * two percent.
 */
final class ActiveWorkers {
  private static final System.Logger LOG = System.getLogger(ActiveWorkers.class.getName());
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  /** What is judged at a time: the steps of 20 ms, or one that takes longer. */
  static final long WINDOW_NANOS = 20_000_000;

  /** Slow windows, one after the other, after which a worker is left out. */
  static final int PATIENCE = 3;

  /**
   * For how many times as long as the last slow window lasted no other worker is tried: at first,
   * and at most.
   */
  static final int SOON = 5;

  static final int LATE = 50;

  /** Trials that fail, one after the other, before it is said: what ends sooner is no news. */
  static final int FAILURES_TO_TELL = 3;

  private final int all;
  private final IntConsumer tell;
  private int count;
  private boolean isTrial;
  private int failures;
  private int slow;
  private int pause = SOON;
  private long rest;
  private long nanos;
  private long stalled;

  /** With one line of the log in a process, should some be left out for longer. */
  static ActiveWorkers of(int all) {
    return new ActiveWorkers(
        all,
        left -> {
          if (!TOLD.getAndSet(true)) {
            LOG.log(
                System.Logger.Level.WARNING,
                "run a step: expected {0} free processor cores, got {1}, other programs use the"
                    + " rest; {1} of {0} workers run until that changes, end those programs or"
                    + " choose fewer threads (--threads, ModelOptions.withThreads)",
                all,
                left);
          }
        });
  }

  /**
   * @param tell is told how many are left when trials have failed for a while
   */
  ActiveWorkers(int all, IntConsumer tell) {
    this.all = all;
    this.tell = tell;
    this.count = all;
  }

  /** For the next step. */
  int count() {
    return count;
  }

  /** The last step took {@code nanos}, of which workers waited {@code stalled} for one of them. */
  void ran(long nanos, long stalled) {
    this.nanos += nanos;
    this.stalled += stalled;
    if (this.nanos >= WINDOW_NANOS) {
      judge(this.stalled > this.nanos / count);
      this.nanos = 0;
      this.stalled = 0;
    }
  }

  private void judge(boolean isSlow) {
    slow = isSlow ? slow + 1 : 0;
    if (isTrial) {
      endTrial(isSlow);
    } else if (slow == PATIENCE) {
      leaveOut();
    } else if (count < all) {
      rest -= nanos;
      isTrial = rest <= 0;
      count += isTrial ? 1 : 0;
    }
  }

  private void endTrial(boolean isFailed) {
    isTrial = false;
    if (!isFailed) {
      failures = 0;
      pause = SOON;
      return;
    }
    failures++;
    pause = Math.min(2 * pause, LATE);
    leaveOut();
    if (failures == FAILURES_TO_TELL) {
      tell.accept(count);
    }
  }

  private void leaveOut() {
    count--;
    slow = 0;
    rest = pause * nanos;
  }
}
