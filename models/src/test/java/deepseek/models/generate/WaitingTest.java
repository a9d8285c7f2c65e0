package deepseek.models.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose turn is next. */
class WaitingTest {
  private final Waiting waiting = new Waiting();
  private long number;

  private Sequence arrive(String client, int priority) {
    TokenRequest request = TokenRequest.of(1).withClient(client).withPriority(priority);
    Sequence sequence = new Scoring(request, number++, new int[] {2});
    waiting.arrive(sequence);
    return sequence;
  }

  /** Each has its turn, runs so many tokens, and leaves. */
  private List<String> turns(int count, int tokens) {
    List<String> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Sequence next = waiting.next(s -> true).orElseThrow();
      waiting.remove(next);
      waiting.served(next, tokens);
      waiting.leave(next);
      clients.add(next.request().client());
    }
    return clients;
  }

  @Test
  void clientsTakeTurnsHoweverManyRequestsEachHas() {
    for (int i = 0; i < 6; i++) {
      arrive("many", 0);
    }
    arrive("few", 0);
    arrive("few", 0);
    assertThat(turns(8, 10))
        .containsExactly("many", "few", "many", "few", "many", "many", "many", "many");
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void aHigherPriorityGoesFirst() {
    Sequence low = arrive("a", 0);
    Sequence high = arrive("a", 3);
    assertThat(waiting.next(s -> true)).contains(high);
    assertThat(waiting.next(s -> !s.equals(high))).contains(low);
  }

  /** While one was away, the other ran a thousand tokens: these are not owed to it. */
  @Test
  void nobodySavesUpTurns() {
    for (int i = 0; i < 20; i++) {
      arrive("steady", 0);
    }
    turns(10, 100);
    for (int i = 0; i < 5; i++) {
      arrive("back", 0);
    }
    List<String> turns = turns(6, 100);
    assertThat(turns.stream().filter("back"::equals)).hasSize(3);
  }

  /** One that lost its cache keeps its place before those that came later. */
  @Test
  void whatIsPutBackIsAheadOfLaterRequests() {
    Sequence first = arrive("a", 0);
    Sequence later = arrive("a", 0);
    waiting.remove(first);
    waiting.putBack(first);
    assertThat(waiting.all()).containsExactly(later, first);
    assertThat(waiting.next(s -> true)).contains(first);
  }
}
