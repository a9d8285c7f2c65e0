package deepseek.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Remembers when things happened, counted from the start of this process. */
final class Stopwatch {
  private final Instant start;
  private final Map<String, Duration> marks = new LinkedHashMap<>();

  private Stopwatch(Instant start) {
    this.start = start;
  }

  static Stopwatch sinceProcessStart() {
    Stopwatch watch =
        new Stopwatch(ProcessHandle.current().info().startInstant().orElseGet(Instant::now));
    watch.mark("arguments read");
    return watch;
  }

  void mark(String event) {
    marks.put(event, Duration.between(start, Instant.now()));
  }

  /** Marks the first time only. */
  void markOnce(String event) {
    if (!marks.containsKey(event)) {
      mark(event);
    }
  }

  String report() {
    return marks.entrySet().stream()
        .map(
            m ->
                String.format(
                    Locale.ROOT, "%s after %.2f s", m.getKey(), m.getValue().toMillis() / 1e3))
        .collect(Collectors.joining(", "));
  }
}
