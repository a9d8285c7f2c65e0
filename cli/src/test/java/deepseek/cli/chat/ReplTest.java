package deepseek.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.models.generate.FinishReason;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Timings;
import deepseek.models.generate.TokenChoice;
import deepseek.text.chat.ChatMessage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What typed lines become, with a model that says "word word word". */
class ReplTest {
  private static final String CTRL_C = "^C";

  private final List<String> asked = new ArrayList<>();
  private final StringWriter out = new StringWriter();

  /** A terminal of ten columns. */
  private record Typed(Deque<String> lines) implements LineSource {
    @Override
    public Line next(String prompt) {
      String line = lines.poll();
      if (line == null) {
        return new Line.End();
      }
      return line.equals(CTRL_C) ? new Line.Interrupted() : new Line.Text(line);
    }

    @Override
    public void whileInterruptible(Runnable interrupt, Runnable work) {
      work.run();
    }

    @Override
    public OptionalInt columns() {
      return OptionalInt.of(10);
    }

    @Override
    public void close() {}
  }

  private boolean type(String... lines) {
    return new Repl(
            new Typed(new ArrayDeque<>(List.of(lines))),
            new PrintWriter(out),
            new PrintWriter(out),
            (messages, options, onText) -> {
              ChatMessage last = messages.getLast();
              asked.add(last.text());
              onText.accept("word word word");
              return new Generation(
                  "word word word",
                  new int[] {1},
                  List.of(new TokenChoice(2, Optional.empty())),
                  FinishReason.STOP,
                  new Timings(1, 1, 0, 0));
            },
            GenerationOptions.defaults(),
            Optional.empty())
        .run();
  }

  @Test
  void interruptDropsABlockAndALineThatGoesOn() {
    assertThat(type("\"\"\"", "dropped", CTRL_C, "a \\", "dropped \\", CTRL_C, CTRL_C, "kept"))
        .isTrue();
    assertThat(asked).containsExactly("kept");
    assertThat(out.toString()).containsOnlyOnce("Ctrl-D or /quit leaves.");
  }

  @Test
  void blocksMayBeginAndEndWithinALine() {
    type("\"\"\"one\"\"\"", "\"\"\"two", "three\"\"\"", "\"\"\"", "/four", "\"\"\"", "\"\"\"five");
    assertThat(asked).containsExactly("one", "two\nthree", "/four", "five");
  }

  @Test
  void wordsAreNotBrokenAtTheScreensEdge() {
    type("hi");
    assertThat(out.toString()).startsWith("word word \nword\n");
  }

  @Test
  void aFailedCommandIsRemembered() {
    assertThat(type("/nope", "hi")).isFalse();
    assertThat(asked).containsExactly("hi");
  }
}
