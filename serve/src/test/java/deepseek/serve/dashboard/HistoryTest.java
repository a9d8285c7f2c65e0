package deepseek.serve.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.serve.ServeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  private static final Usage USAGE = new Usage(1, 2, 3, 4, 5, 2);

  @TempDir Path folder;

  private static Minute minute(long at) {
    return new Minute(at, 1.5, 3, 1, Double.NaN, 8.25, 0.5, 7, 0.75, 1L << 40, 99);
  }

  @Test
  void minutesOutliveTheServer() {
    Path file = folder.resolve("deeper/history.mv");
    try (History history = History.in(file)) {
      history.add(minute(100));
      history.add(minute(102));
    }
    try (History history = History.in(file)) {
      assertThat(history.since(0)).containsExactly(minute(100), minute(102));
      assertThat(history.since(101)).containsExactly(minute(102));
      history.add(minute(100 + 30 * 24 * 60));
      assertThat(history.since(0)).extracting(Minute::epochMinute).containsExactly(102L, 43300L);
    }
  }

  @Test
  void aFileOfAnotherServerOrOfOtherContentsIsNamed() throws IOException {
    Path file = folder.resolve("history.mv");
    try (History _ = History.in(file)) {
      assertThatThrownBy(() -> History.in(file))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining("history.mv")
          .hasMessageContaining("name another");
    }
    Files.writeString(file, "not a history, but longer than a header of one ".repeat(400));
    assertThatThrownBy(() -> History.in(file)).isInstanceOf(ServeException.class);
    assertThat(file).content().startsWith("not a history");
  }

  @Test
  void aMinuteIsWhatItsSecondsAndRequestsWere() {
    List<Second> seconds =
        List.of(new Second(6001, 60, 9, 1, 0, 0.5, 0.2), new Second(6002, 120, 9, 3, 4, 0.5, 0.4));
    List<Answered> answered = List.of(answered(200, 10.0), answered(500, 30.0));
    Minute minute = Minute.of(100, seconds, answered, USAGE);
    assertThat(minute.newTokens()).isEqualTo(3);
    assertThat(minute.requests()).isEqualTo(2);
    assertThat(minute.errors()).isEqualTo(1);
    assertThat(minute.firstMillis()).isEqualTo(30);
    assertThat(minute.eachMillis()).isNaN();
    assertThat(minute.running()).isEqualTo(2);
    assertThat(minute.waiting()).isEqualTo(4);
    assertThat(minute.residentBytes()).isEqualTo(5);
  }

  private static Answered answered(int status, double first) {
    return new Answered(
        Instant.EPOCH,
        "id",
        "POST /x",
        status,
        Optional.empty(),
        0,
        0,
        99,
        Optional.of(first),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void percentilesAreTheLeastThatEnoughAreNotAbove() {
    assertThat(Percentiles.of(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(new Percentiles(2, 4, 4));
    assertThat(Percentiles.of(List.of()).p50()).isNaN();
  }
}
