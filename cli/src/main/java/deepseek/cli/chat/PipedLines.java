package deepseek.cli.chat;

import java.util.Optional;
import java.util.function.Supplier;

/** Lines that a program or a test sends; no prompt is shown. */
public record PipedLines(Supplier<Optional<String>> lines) implements LineSource {
  @Override
  public Optional<String> next(String prompt) {
    return lines.get();
  }

  @Override
  public void whileInterruptible(Runnable interrupt, Runnable work) {
    work.run();
  }

  @Override
  public void close() {}
}
