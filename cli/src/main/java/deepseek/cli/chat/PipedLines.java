package deepseek.cli.chat;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Lines that a program or a test sends; no prompt is shown. */
public record PipedLines(Supplier<Optional<String>> lines) implements LineSource {
  @Override
  public Line next(String prompt) {
    return lines.get().<Line>map(Line.Text::new).orElseGet(Line.End::new);
  }

  @Override
  public void whileInterruptible(Runnable interrupt, Runnable work) {
    work.run();
  }

  @Override
  public OptionalInt columns() {
    return OptionalInt.empty();
  }

  @Override
  public void close() {}
}
