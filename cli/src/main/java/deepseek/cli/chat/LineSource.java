package deepseek.cli.chat;

import java.util.OptionalInt;

/** Where the lines of a conversation come from: a person at a terminal, or a pipe. */
public interface LineSource extends AutoCloseable {
  /** Waits for the next line. */
  Line next(String prompt);

  /** Calls {@code interrupt} instead of ending the program when Ctrl-C is pressed meanwhile. */
  void whileInterruptible(Runnable interrupt, Runnable work);

  /** Columns of the screen that answers appear on; empty where there is none. */
  OptionalInt columns();

  @Override
  void close();
}
