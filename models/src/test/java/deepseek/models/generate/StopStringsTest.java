package deepseek.models.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void textIsHeldBackOnlyWhileItMayBecomeAStopString() {
    StopStrings stops = new StopStrings(List.of("\n\nUser:"));
    assertThat(stops.push("Hello\n")).isEqualTo("Hello");
    assertThat(stops.push("\nUs")).isEmpty();
    assertThat(stops.push("ually")).isEqualTo("\n\nUsually");
    assertThat(stops.found()).isFalse();
    assertThat(stops.push("\n\nUser: hi")).isEmpty();
    assertThat(stops.found()).isTrue();
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void theFirstOfSeveralStopStringsCounts() {
    StopStrings stops = new StopStrings(List.of("END", "\n"));
    assertThat(stops.push("a\nbEND")).isEqualTo("a");
  }

  @Test
  void howeverTheTextIsCutTheAnswerIsTheSame() {
    Random random = new Random(5);
    for (int trial = 0; trial < 500; trial++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        text.append((char) ('a' + random.nextInt(3)));
      }
      String stop = "ab".repeat(1 + random.nextInt(2)) + (char) ('a' + random.nextInt(3));
      int at = text.indexOf(stop);
      String expected = at < 0 ? text.toString() : text.substring(0, at);
      StopStrings stops = new StopStrings(List.of(stop));
      StringBuilder got = new StringBuilder();
      for (int from = 0; from < text.length() && !stops.found(); ) {
        int to = Math.min(text.length(), from + 1 + random.nextInt(4));
        got.append(stops.push(text.substring(from, to)));
        from = to;
      }
      got.append(stops.flush());
      assertThat(got.toString()).isEqualTo(expected);
      assertThat(stops.found()).isEqualTo(at >= 0);
    }
  }
}
