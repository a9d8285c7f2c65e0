package deepseek.serve.http;

import java.time.Duration;

/** Counts the requests that are being answered, so that a server can close when all are. */
public final class InFlight {
  private int count;
  private boolean isClosing;

  /** Counts one, unless the server is closing. */
  synchronized boolean enter() {
    if (!isClosing) {
      count++;
    }
    return !isClosing;
  }

  synchronized void leave() {
    count--;
    notifyAll();
  }

  /** Requests that are being answered. */
  public synchronized int count() {
    return count;
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
    while (count > 0) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }
}
