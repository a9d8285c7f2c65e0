package deepseek.cli.chat;

import java.util.Optional;

/** Where the lines of a conversation come from: a person at a terminal, or a pipe. */
public interface LineSource extends AutoCloseable {
  /** The next line; empty when there is no more. */
  Optional<String> next(String prompt);

  /** Calls {@code interrupt} instead of ending the program when Ctrl-C is pressed meanwhile. */
  void whileInterruptible(Runnable interrupt, Runnable work);

  @Override
  void close();
}
