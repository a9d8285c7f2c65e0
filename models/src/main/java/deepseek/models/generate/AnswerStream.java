package deepseek.models.generate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An answer's parts as they come, for one consumer: an iterator that waits, or a subscriber. Safe
 * for use by several threads.
 *
 * <p>An interrupt of a thread that waits here cancels the answer, and the thread stays interrupted.
 *
 * @param <T> a part
 * @param <R> the whole
 */
public abstract sealed class AnswerStream<T, R>
    implements Iterable<T>, Flow.Publisher<T>, AutoCloseable permits TokenAnswer, TextAnswer {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<T> parts = new ArrayDeque<>();
  private @Nullable R result;
  private @Nullable RuntimeException failure;
  private Runnable cancel = () -> {};
  private Runnable onChange = () -> {};
  private boolean cancelled;
  private boolean subscribed;

  AnswerStream() {}

  /** What stops the answer. */
  final void cancelWith(Runnable stop) {
    boolean late;
    lock.lock();
    try {
      cancel = stop;
      late = cancelled;
    } finally {
      lock.unlock();
    }
    if (late) {
      stop.run();
    }
  }

  /** What runs after each change, on the engine's thread. */
  final void onChange(Runnable heard) {
    change(() -> onChange = heard);
  }

  private void change(Runnable how) {
    Runnable heard;
    lock.lock();
    try {
      how.run();
      changed.signalAll();
      heard = onChange;
    } finally {
      lock.unlock();
    }
    heard.run();
  }

  final void offer(T part) {
    change(() -> parts.add(part));
  }

  final void complete(R whole) {
    change(() -> result = whole);
  }

  final void completeWith(RuntimeException reason) {
    change(() -> failure = reason);
  }

  private boolean isOver() {
    return result != null || failure != null;
  }

  /** Asks for the end of the answer, which then comes with what there is. */
  public final void cancel() {
    Runnable stop;
    lock.lock();
    try {
      cancelled = true;
      stop = cancel;
    } finally {
      lock.unlock();
    }
    stop.run();
  }

  /** A part that has come and was not taken; doesn't wait. */
  final Optional<T> poll() {
    lock.lock();
    try {
      return Optional.ofNullable(parts.poll());
    } finally {
      lock.unlock();
    }
  }

  /** Whether the answer has ended or failed; parts may still be there to be taken. */
  public final boolean isDone() {
    lock.lock();
    try {
      return isOver();
    } finally {
      lock.unlock();
    }
  }

  private void await(boolean parts) {
    boolean interrupted = false;
    lock.lock();
    try {
      while (!isOver() && !(parts && !this.parts.isEmpty())) {
        try {
          changed.await();
        } catch (InterruptedException e) {
          interrupted = true;
          cancel();
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Waits for the end; the whole answer.
   *
   * @throws RuntimeException what made the request fail
   */
  public final R result() {
    await(false);
    lock.lock();
    try {
      if (failure != null) {
        throw failure;
      }
      if (result == null) {
        throw new IllegalStateException("an answer that is over has a result");
      }
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** The parts in turn; {@code hasNext} waits for one, and throws what made the request fail. */
  @Override
  public final Iterator<T> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        await(true);
        lock.lock();
        try {
          if (parts.isEmpty() && failure != null) {
            throw failure;
          }
          return !parts.isEmpty();
        } finally {
          lock.unlock();
        }
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the answer has ended");
        }
        return poll().orElseThrow(() -> new NoSuchElementException("another consumer took it"));
      }
    };
  }

  /** The parts for a subscriber, on a thread of its own; cancelling cancels the answer. */
  @Override
  public final void subscribe(Flow.Subscriber<? super T> subscriber) {
    boolean second;
    lock.lock();
    try {
      second = subscribed;
      subscribed = true;
    } finally {
      lock.unlock();
    }
    new Subscribed<>(this, subscriber).start(second);
  }

  /** Cancels the answer if it still runs. */
  @Override
  public final void close() {
    cancel();
  }
}
