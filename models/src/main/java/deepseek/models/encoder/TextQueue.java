package deepseek.models.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Texts of many threads' calls, which one thread runs together as {@link Batching} says. Each call
 * gets its share of a run, so that a short one isn't behind all texts of a long one.
 *
 * <p>libtorch's and the kernels' workers belong to the thread that calls them, so it is always the
 * same one; it starts with the first call.
 */
final class TextQueue implements AutoCloseable {
  private final TextRoute route;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<TextCall> waiting = new ArrayList<>();
  private Batching batching = Batching.USUAL;
  private EncoderStatistics statistics = new EncoderStatistics(0, 0, 0, 0, 0);
  private @Nullable Thread runner;
  private boolean computing;
  private boolean urgent;
  private boolean closed;

  /** Takes ownership of {@code route}. */
  TextQueue(TextRoute route) {
    this.route = route;
  }

  void batching(Batching value) {
    lock.lock();
    try {
      batching = value;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  EncoderStatistics statistics() {
    lock.lock();
    try {
      return statistics;
    } finally {
      lock.unlock();
    }
  }

  /** Calls that wait for texts of theirs to be run. */
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Runs a call's texts, with those of other threads, and returns what it makes of them. */
  List<float[]> run(TextCall call) {
    lock.lock();
    try {
      if (runner == null) {
        runner = Thread.ofPlatform().daemon().name("run-texts").start(this::runAll);
      }
      waiting.add(call);
      urgent |= !computing;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return call.result();
  }

  /** What the thread does. */
  private void runAll() {
    List<TextCall.Part> parts = next();
    while (!parts.isEmpty()) {
      run(parts);
      parts = next();
    }
  }

  private void run(List<TextCall.Part> parts) {
    try {
      List<TokenVectors> hidden = route.run(parts.stream().map(TextCall.Part::text).toList());
      for (int i = 0; i < parts.size(); i++) {
        parts.get(i).pool(hidden.get(i));
      }
      ran(parts);
      parts.forEach(part -> part.call().finish());
    } catch (RuntimeException | Error e) {
      ran(List.of());
      parts.forEach(part -> part.call().fail(e));
    }
  }

  /** Before the results are there: who has them may call again at once, and must not wait. */
  private void ran(List<TextCall.Part> parts) {
    long calls = parts.stream().filter(part -> part.index() == 0).count();
    long tokens = parts.stream().mapToLong(part -> part.text().ids().length).sum();
    TextRoute.Rows rows = route.rows();
    lock.lock();
    try {
      computing = false;
      statistics =
          new EncoderStatistics(
              rows.runs(),
              statistics.calls() + calls,
              statistics.texts() + parts.size(),
              statistics.tokens() + tokens,
              rows.all());
    } finally {
      lock.unlock();
    }
  }

  /** Waits for texts and takes those of the next run; none once this is closed. */
  private List<TextCall.Part> next() {
    lock.lock();
    try {
      waiting.removeIf(TextCall::isTaken);
      while (waiting.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      waitForMore();
      computing = true;
      urgent = false;
      return take();
    } finally {
      lock.unlock();
    }
  }

  private void waitForMore() {
    try {
      while (!urgent && !closed && texts() < batching.texts() && untilDeadline() > 0) {
        changed.awaitNanos(untilDeadline());
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if somebody does, what waits runs now.
    }
  }

  private long untilDeadline() {
    long waited = System.nanoTime() - waiting.getFirst().arrival();
    return TimeUnit.NANOSECONDS.convert(batching.deadline()) - waited;
  }

  private long texts() {
    return waiting.stream().mapToLong(TextCall::left).sum();
  }

  /** One text of each call in turn, as long as there is room. */
  private List<TextCall.Part> take() {
    List<TextCall.Part> parts = new ArrayList<>();
    int room = route.maxTokens();
    int before = -1;
    while (parts.size() > before) {
      before = parts.size();
      for (TextCall call : waiting) {
        if (!call.isTaken() && call.nextLength() <= room) {
          room -= call.nextLength();
          parts.add(call.take());
        }
      }
    }
    waiting.removeIf(TextCall::isTaken);
    return parts;
  }

  /** Ends the thread, once nobody calls any more. */
  @Override
  public void close() {
    Thread ending;
    lock.lock();
    try {
      closed = true;
      ending = runner;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (ending != null) {
      joined(ending);
    }
    route.close();
  }

  private static void joined(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
