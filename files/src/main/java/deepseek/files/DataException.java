package deepseek.files;

import deepseek.DeepseekException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/** A file, source, tokenizer or template that could not be read, fetched or written. */
public final class DataException extends DeepseekException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_PART = 300;

  /** Without a cause; the message is {@code operation: expected X, got Y; remedy}, on one line. */
  public DataException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  /** As the other, with the exception that caused it. */
  public DataException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(oneLine(operation), oneLine(expected), oneLine(got), oneLine(remedy), cause);
  }

  /**
   * A file could not be read or written. Quotes the system's message, except in two cases where it
   * would blame the file: the thread's interrupt flag is set, and there is not enough memory for a
   * mapping.
   */
  public static DataException ofFile(
      String operation, String expected, String remedy, IOException cause) {
    String message = String.valueOf(cause.getMessage());
    if (cause instanceof ClosedByInterruptException || cause instanceof InterruptedIOException) {
      return new DataException(
          operation,
          "a thread that may use files",
          "one whose interrupt flag is set",
          "clear the flag with Thread.interrupted(), or use another thread",
          cause);
    }
    if (message.equals("Map failed")) {
      return new DataException(
          operation,
          "memory to map the file into",
          "none, the process is at its limit",
          "free memory, or raise the limit of address space (ulimit -v) or of mappings",
          cause);
    }
    return new DataException(
        operation, expected, cause.getClass().getSimpleName() + ": " + message, remedy, cause);
  }

  /**
   * Messages quote names from files and output of other programs, which may contain anything: line
   * breaks, megabytes, URLs with a password. Passwords are masked before the text is truncated,
   * which could hide where they end.
   */
  private static String oneLine(String part) {
    String masked = Secrets.masked(part);
    String shown = masked.length() <= MAX_PART ? masked : masked.substring(0, MAX_PART) + "...";
    return shown.codePoints().anyMatch(Character::isISOControl)
        ? shown.replaceAll("\\p{Cntrl}", "?")
        : shown;
  }
}
