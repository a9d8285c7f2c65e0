package deepseek.models.generate;

import java.util.Iterator;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Passes an answer's parts to a subscriber as it asks for them, on a virtual thread. */
final class Subscribed<T> implements Flow.Subscription {
  private final AnswerStream<T, ?> stream;
  private final Flow.Subscriber<? super T> subscriber;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long wanted;
  private boolean cancelled;
  private boolean wrong;

  Subscribed(AnswerStream<T, ?> stream, Flow.Subscriber<? super T> subscriber) {
    this.stream = stream;
    this.subscriber = subscriber;
  }

  void start(boolean second) {
    Thread.ofVirtual().name("answer-subscriber").start(() -> run(second));
  }

  private void run(boolean second) {
    subscriber.onSubscribe(this);
    if (second) {
      subscriber.onError(new IllegalStateException("an answer has one subscriber"));
      return;
    }
    try {
      Iterator<T> parts = stream.iterator();
      while (!isCancelled() && parts.hasNext()) {
        if (!takeWanted()) {
          return;
        }
        subscriber.onNext(parts.next());
      }
    } catch (RuntimeException e) {
      if (!isCancelled()) {
        stream.cancel();
        subscriber.onError(e);
      }
      return;
    }
    end();
  }

  private void end() {
    if (wrong) {
      subscriber.onError(new IllegalArgumentException("request: expected at least 1 part"));
    } else if (!isCancelled()) {
      subscriber.onComplete();
    }
  }

  private boolean isCancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a part is asked for; false if none will be. */
  private boolean takeWanted() {
    lock.lock();
    try {
      while (wanted == 0 && !cancelled) {
        changed.awaitUninterruptibly();
      }
      wanted--;
      return !cancelled;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void request(long count) {
    lock.lock();
    try {
      if (count <= 0) {
        wrong = true;
        cancelled = true;
      }
      wanted = wanted + count < 0 ? Long.MAX_VALUE : wanted + count;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (count <= 0) {
      stream.cancel();
    }
  }

  @Override
  public void cancel() {
    lock.lock();
    try {
      cancelled = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    stream.cancel();
  }
}
