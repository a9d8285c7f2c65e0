package deepseek.compute;

import java.util.stream.IntStream;

/**
 * Work on ranges of numbers that share nothing, on Java's common pool: for set-up, not for steps.
 */
final class Ranges {
  private static final int PER_THREAD = 4;

  interface Work {
    void on(long begin, long end);
  }

  private Ranges() {}

  static void inParallel(long count, Work work) {
    int parts = (int) Math.min(count, (long) Machine.threads() * PER_THREAD);
    if (parts <= 1) {
      work.on(0, count);
      return;
    }
    IntStream.range(0, parts)
        .parallel()
        .forEach(i -> work.on(count * i / parts, count * (i + 1) / parts));
  }
}
