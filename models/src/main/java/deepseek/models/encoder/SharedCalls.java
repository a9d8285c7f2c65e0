package deepseek.models.encoder;

import deepseek.models.ModelException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** Calls of several threads at the same time, and none after {@link #close}. */
final class SharedCalls {
  private final String operation;
  private final String model;
  private final String remedy;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Names what complaints are about, as for {@link deepseek.models.SerialCalls}.
   *
   * @param operation what a call does: {@code encode text}
   * @param model what is closed at the end, without an article: {@code encoder}
   * @param remedy for a call that came too late
   */
  SharedCalls(String operation, String model, String remedy) {
    this.operation = operation;
    this.model = model;
    this.remedy = remedy;
  }

  /**
   * Runs a call.
   *
   * @throws ModelException after {@link #close}
   */
  <R> R run(Supplier<R> call) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new ModelException(operation, "an open " + model, "a closed one", remedy);
      }
      return call.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Waits for running calls, then frees what they used; later calls are refused. */
  void close(Runnable free) {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        free.run();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
