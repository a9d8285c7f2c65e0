package deepseek.models.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The requests that wait, in the order in which they get their turn: by priority, then the client
 * that was served least, then the first to come.
 *
 * <p>A client that comes back after a pause counts as served as much as the least served of those
 * that are there, so that nobody saves up turns (Sheng et al., "Fairness in Serving Large Language
 * Models", 2024).
 */
final class Waiting {
  private final List<Sequence> sequences = new ArrayList<>();
  private final Map<String, Client> clients = new HashMap<>();

  private static final class Client {
    private long served;
    private int sequences;
  }

  /** Takes in a new request. */
  void arrive(Sequence sequence) {
    long least =
        clients.values().stream()
            .filter(c -> c.sequences > 0)
            .mapToLong(c -> c.served)
            .min()
            .orElse(0);
    Client client = clients.computeIfAbsent(sequence.request().client(), name -> new Client());
    if (client.sequences++ == 0) {
      client.served = Math.max(client.served, least);
    }
    sequences.add(sequence);
  }

  /** Takes back one that had its turn and has to begin anew. */
  void putBack(Sequence sequence) {
    sequences.add(sequence);
  }

  /** Counts tokens that were run for a request. */
  void served(Sequence sequence, int tokens) {
    Client client = clients.get(sequence.request().client());
    if (client != null) {
      client.served += tokens;
    }
  }

  /** Forgets a request that has ended. */
  void leave(Sequence sequence) {
    Client client = clients.get(sequence.request().client());
    if (client != null) {
      client.sequences--;
    }
    if (clients.values().stream().allMatch(c -> c.sequences == 0)) {
      clients.clear();
    }
  }

  int size() {
    return sequences.size();
  }

  boolean isEmpty() {
    return sequences.isEmpty();
  }

  List<Sequence> all() {
    return List.copyOf(sequences);
  }

  void remove(Sequence sequence) {
    sequences.remove(sequence);
  }

  /** Whose turn is next, of those that can begin; it stays here. */
  Optional<Sequence> next(Predicate<Sequence> canBegin) {
    return sequences.stream().sorted(order()).filter(canBegin).findFirst();
  }

  private Comparator<Sequence> order() {
    return Comparator.<Sequence>comparingInt(s -> -s.request().priority())
        .thenComparingLong(this::served)
        .thenComparingLong(Sequence::number);
  }

  private long served(Sequence sequence) {
    Client client = clients.get(sequence.request().client());
    return client == null ? 0 : client.served;
  }
}
