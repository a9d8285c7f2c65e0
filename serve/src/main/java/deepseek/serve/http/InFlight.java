package deepseek.serve.http;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Counts the requests that are being answered, so that a server can close when all are. */
public final class InFlight {
  private final Set<Exchange> exchanges = new HashSet<>();
  private boolean isClosing;

  /** Counts a request, unless the server is closing. */
  synchronized boolean enter(Exchange exchange) {
    if (!isClosing) {
      exchanges.add(exchange);
    }
    return !isClosing;
  }

  synchronized void leave(Exchange exchange) {
    exchanges.remove(exchange);
    notifyAll();
  }

  /** Requests that are being answered. */
  public synchronized int count() {
    return exchanges.size();
  }

  /** Ends all answers that models are writing, each with an error to its client. */
  public synchronized void cancelAll() {
    exchanges.forEach(Exchange::cancel);
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
    while (!exchanges.isEmpty()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }
}
