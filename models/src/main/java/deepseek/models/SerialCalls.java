package deepseek.models;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Runs the calls of several threads one at a time, and none after {@link #close}. */
public final class SerialCalls {
  private final String operation;
  private final String model;
  private final String remedy;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  /**
   * Names what complaints are about.
   *
   * @param operation what a call does: {@code encode text}
   * @param model what is closed at the end, without an article: {@code encoder}
   * @param remedy for a call that came too late
   */
  public SerialCalls(String operation, String model, String remedy) {
    this.operation = operation;
    this.model = model;
    this.remedy = remedy;
  }

  /**
   * Waits for running calls of other threads, then runs this one.
   *
   * @throws ModelException after {@link #close}
   */
  public <R> R run(Supplier<R> call) {
    lock.lock();
    try {
      if (closed) {
        throw new ModelException(operation, "an open " + model, "a closed one", remedy);
      }
      return call.get();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for running calls, then frees what they used; later calls are refused. */
  public void close(Runnable free) {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        free.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
