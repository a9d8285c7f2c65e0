package deepseek.serve.dashboard;

import java.util.List;

/**
 * What a server did within a minute.
 *
 * @param epochMinute which
 * @param newTokens of answers, per second
 * @param requests answered
 * @param errors of these
 * @param firstMillis until the first token, 95 of 100; NaN where there was none
 * @param eachMillis between tokens, 95 of 100
 * @param running sequences, on average
 * @param waiting requests, at most
 * @param residentBytes of the process; 0 where the system doesn't tell
 */
record Minute(
    long epochMinute,
    double newTokens,
    int requests,
    int errors,
    double firstMillis,
    double eachMillis,
    double running,
    int waiting,
    double cpu,
    long cacheBytes,
    long residentBytes) {

  static Minute of(long epochMinute, List<Second> seconds, List<Answered> answered, Usage usage) {
    return new Minute(
        epochMinute,
        seconds.stream().mapToLong(Second::newTokens).sum() / 60.0,
        answered.size(),
        (int) answered.stream().filter(Answered::isError).count(),
        Percentiles.of(answered.stream().flatMap(a -> a.firstMillis().stream()).toList()).p95(),
        Percentiles.of(answered.stream().flatMap(a -> a.eachMillis().stream()).toList()).p95(),
        seconds.stream().mapToInt(Second::running).average().orElse(0),
        seconds.stream().mapToInt(Second::waiting).max().orElse(0),
        seconds.stream().mapToDouble(Second::cpu).average().orElse(0),
        usage.cacheBytes(),
        usage.residentBytes());
  }
}
