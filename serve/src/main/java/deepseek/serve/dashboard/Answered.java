package deepseek.serve.dashboard;

import deepseek.serve.http.Account;
import deepseek.serve.http.Exchange;
import java.time.Instant;
import java.util.Optional;

/**
 * A request that was answered, without what it said.
 *
 * @param firstMillis until the first token; empty where there was none
 * @param eachMillis for each token after it
 * @param finish why the answer ended
 */
record Answered(
    Instant at,
    String id,
    String route,
    int status,
    Optional<String> model,
    int promptTokens,
    int newTokens,
    double millis,
    Optional<Double> firstMillis,
    Optional<Double> eachMillis,
    Optional<String> finish) {
  private static final double NANOS_PER_MS = 1e6;

  static Answered of(Exchange exchange) {
    Account account = exchange.account();
    double all = (System.nanoTime() - exchange.startNanos()) / NANOS_PER_MS;
    Optional<Double> first =
        Optional.of(account.firstTokenNanos())
            .filter(nanos -> nanos > 0)
            .map(nanos -> nanos / NANOS_PER_MS);
    int others = account.newTokens() - 1;
    return new Answered(
        Instant.now(),
        exchange.id(),
        exchange.route(),
        exchange.status(),
        account.model(),
        account.promptTokens(),
        account.newTokens(),
        all,
        first,
        first.filter(f -> others > 0).map(f -> (all - f) / others),
        account.finish());
  }

  boolean isError() {
    return status >= 400;
  }
}
