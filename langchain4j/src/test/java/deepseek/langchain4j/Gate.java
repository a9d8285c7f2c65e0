package deepseek.langchain4j;

import java.util.concurrent.CountDownLatch;

/** Holds the engine back before a step until it is opened. */
final class Gate {
  private final CountDownLatch opened = new CountDownLatch(1);

  /** Waits; whether the answer is cancelled, which is for others to say. */
  boolean pass() {
    try {
      opened.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  void open() {
    opened.countDown();
  }
}
