package deepseek.serve.http;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Counts the requests that are being answered, so that a server can close when all are. */
public final class InFlight {
  private final Set<Thread> threads = new HashSet<>();
  private boolean isClosing;

  /** Counts the request of this thread, unless the server is closing. */
  synchronized boolean enter() {
    if (!isClosing) {
      threads.add(Thread.currentThread());
    }
    return !isClosing;
  }

  synchronized void leave() {
    threads.remove(Thread.currentThread());
    notifyAll();
  }

  /** Requests that are being answered. */
  public synchronized int count() {
    return threads.size();
  }

  /** Interrupts all that are being answered, which ends them with an error. */
  public synchronized void cancelAll() {
    threads.forEach(Thread::interrupt);
  }

  /** Whether new ones are refused. */
  public synchronized boolean isClosing() {
    return isClosing;
  }

  /** Refuses new requests from here on. */
  public synchronized void refuseNew() {
    isClosing = true;
  }

  /** Waits until none is being answered, at most this long; whether none is. */
  public synchronized boolean awaitNone(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!threads.isEmpty()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }
}
