package deepseek.bench.load;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** Puts a server under load. */
public final class LoadTest {
  private final URI base;
  private final String model;
  private final Optional<String> apiKey;

  /** Of the server at {@code base}, as {@code http://127.0.0.1:8080}. */
  public LoadTest(URI base, String model, Optional<String> apiKey) {
    this.base = base;
    this.model = model;
    this.apiKey = apiKey;
  }

  /**
   * Sends all requests and waits for their answers.
   *
   * @param onAnswer hears of each answer: how many there are so far
   */
  public LoadResult run(LoadPlan plan, IntConsumer onAnswer) {
    List<LoadPlan.Request> requests = plan.all();
    ConcurrentLinkedQueue<Heard> heard = new ConcurrentLinkedQueue<>();
    CountDownLatch left = new CountDownLatch(requests.size());
    Semaphore free = new Semaphore(plan.clients().orElse(Integer.MAX_VALUE));
    try (var client = new CompletionsClient(base, model, apiKey)) {
      long start = System.nanoTime();
      for (LoadPlan.Request request : requests) {
        sleepUntil(start + request.atNanos());
        free.acquireUninterruptibly();
        // Of clients that wait, a request is due when one is free.
        long due = plan.rate().isPresent() ? request.atNanos() : System.nanoTime() - start;
        Thread.ofVirtual()
            .start(
                () -> {
                  heard.add(client.send(request, due, start));
                  free.release();
                  onAnswer.accept(heard.size());
                  left.countDown();
                });
      }
      awaitAll(left);
      return LoadResult.of(new ArrayList<>(heard), (System.nanoTime() - start) / 1e9);
    }
  }

  private static void sleepUntil(long time) {
    for (long wait = time - System.nanoTime(); wait > 0; wait = time - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }

  private static void awaitAll(CountDownLatch left) {
    try {
      left.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
