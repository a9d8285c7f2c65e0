package deepseek.serve.http;

import deepseek.serve.ServeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * So many requests a minute for each client, by a token bucket: it holds {@code burst} requests and
 * fills evenly.
 */
public final class RateLimit {
  private static final int CLIENTS = 10_000;
  private static final double NANOS_PER_MINUTE = 60e9;

  private final double perNano;
  private final int burst;
  private final LongSupplier nanos;
  private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

  private record Bucket(double tokens, long at) {}

  /** By the clock of the machine. */
  public RateLimit(double perMinute, int burst) {
    this(perMinute, burst, System::nanoTime);
  }

  RateLimit(double perMinute, int burst, LongSupplier nanos) {
    if (!(perMinute > 0 && perMinute <= 1e9) || burst < 1) {
      throw new ServeException(
          "limit the rate",
          "more than 0 requests a minute and a burst of 1 or more",
          perMinute + " and " + burst,
          "choose larger numbers");
    }
    this.perNano = perMinute / NANOS_PER_MINUTE;
    this.burst = burst;
    this.nanos = nanos;
  }

  /** Counts a request; where it is one too many, the seconds after which there is room for it. */
  public synchronized OptionalInt take(String client) {
    long now = nanos.getAsLong();
    Bucket bucket = buckets.getOrDefault(client, new Bucket(burst, now));
    double tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perNano);
    boolean hasRoom = tokens >= 1;
    buckets.put(client, new Bucket(hasRoom ? tokens - 1 : tokens, now));
    if (buckets.size() > CLIENTS) {
      buckets.remove(buckets.keySet().iterator().next());
    }
    return hasRoom
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.clamp(Math.ceil((1 - tokens) / perNano / 1e9), 1, 3600));
  }
}
