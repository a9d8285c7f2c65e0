package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.models.generate.EngineConfig;
import deepseek.serve.http.Limits;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * A server answers many requests, right ones and wrong ones, and keeps nothing: docs/serving.md.
 */
@Tag("soak")
@EnabledOnOs(OS.LINUX)
class ServerSoakTest {
  private static final int WARM_UP = 2_000;
  private static final int REQUESTS = Integer.getInteger("soak.requests", 20_000);
  private static final int CLIENTS = 8;
  private static final double MOST_GROWTH = 0.02;
  private static final int LOOKS = 10;
  private static final long BETWEEN_LOOKS = 200_000_000;

  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();

  @Test
  void memoryStaysWhereItIs() throws Exception {
    Limits limits = Limits.defaults().withPatience(Duration.ofMillis(20));
    try (TestServer server =
        TestServer.open(
            TestServer.config(TestServer.tiny(EngineConfig.defaults())).withLimits(limits))) {
      send(server, 0, WARM_UP);
      server.assertQuiet();
      long before = resident();
      long began = System.nanoTime();
      int step = Math.max(1, REQUESTS / 10);
      for (int done = 0; done < REQUESTS; done += step) {
        send(server, WARM_UP + done, Math.min(step, REQUESTS - done));
        System.out.printf(
            "%d requests, %.0f s, %.1f MB resident, %.1f MB of them needed%n",
            Math.min(REQUESTS, done + step),
            (System.nanoTime() - began) / 1e9,
            residentNow() / 1e6,
            resident() / 1e6);
      }
      server.assertQuiet();
      long after = resident();
      System.out.printf(
          "%s: %.1f MB before, %.1f MB after, %+.2f%%%n",
          counts, before / 1e6, after / 1e6, 100.0 * (after - before) / before);
      assertThat((double) (after - before) / before).as("growth").isLessThan(MOST_GROWTH);
    }
  }

  /** Sends requests from this number on; fails where one of their replies was wrong. */
  private void send(TestServer server, int from, int count) throws Exception {
    SoakClient client = new SoakClient(server, counts);
    AtomicInteger next = new AtomicInteger(from);
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(
            threads.submit(
                () -> {
                  for (int n = next.getAndIncrement();
                      n < from + count;
                      n = next.getAndIncrement()) {
                    client.send(n);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> one : clients) {
      one.get();
    }
  }

  /**
   * Resident bytes once what is garbage is gone: the least of a few looks, since the JVM's
   * compilers take tens of megabytes while they run. What they have freed the C library keeps for
   * itself until it is told to give it back.
   */
  private static long resident() throws IOException, JMException {
    ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
    long least = Long.MAX_VALUE;
    for (int i = 0; i < LOOKS; i++) {
      System.gc();
      ManagementFactory.getPlatformMBeanServer()
          .invoke(commands, "systemTrimNativeHeap", new Object[0], new String[0]);
      least = Math.min(least, residentNow());
      LockSupport.parkNanos(BETWEEN_LOOKS);
    }
    return least;
  }

  private static long residentNow() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/smaps_rollup")).stream()
        .filter(line -> line.startsWith("Rss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
