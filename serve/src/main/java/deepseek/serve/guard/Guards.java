package deepseek.serve.guard;

import deepseek.serve.guard.Guard.Direction;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Exchange;
import java.util.List;
import java.util.Optional;

/**
 * The guards of a server, asked one after another. Where answers are watched a client gets them as
 * a whole at their end, since a part that is sent can't be taken back.
 */
public final class Guards implements AutoCloseable {
  private final List<Guard> guards;
  private final Optional<AuditLog> audit;

  /** Takes ownership of the guards and the log. */
  public Guards(List<Guard> guards, Optional<AuditLog> audit) {
    this.guards = List.copyOf(guards);
    this.audit = audit;
  }

  /** No guards. */
  public static Guards none() {
    return new Guards(List.of(), Optional.empty());
  }

  /** Whether any guard looks at texts of this direction. */
  public boolean watch(Direction direction) {
    return guards.stream().anyMatch(guard -> guard.watches(direction));
  }

  /** Whether a text of an answer may pass; a refusal is logged. */
  public boolean allow(Exchange exchange, String text) {
    return objecting(exchange, Direction.OUTPUT, text).isEmpty();
  }

  /**
   * Lets a text of a client pass.
   *
   * @throws ApiException where a guard objects
   */
  public void admit(Exchange exchange, String field, String text) {
    objecting(exchange, Direction.INPUT, text)
        .ifPresent(
            guard -> {
              throw ApiException.ofField(
                      field,
                      "a text that the server's policy allows",
                      "one that the guard " + guard.name() + " refuses",
                      "change the text")
                  .withCode("content_filter");
            });
  }

  private Optional<Guard> objecting(Exchange exchange, Direction direction, String text) {
    for (Guard guard : guards) {
      Optional<String> objection =
          guard.watches(direction) ? guard.objection(text) : Optional.empty();
      if (objection.isPresent()) {
        audit.ifPresent(
            log ->
                log.add(
                    new AuditLog.Entry(
                        exchange.id(),
                        exchange.client(),
                        direction,
                        guard.name(),
                        objection.get(),
                        text)));
        return Optional.of(guard);
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    guards.forEach(Guard::close);
    audit.ifPresent(AuditLog::close);
  }
}
