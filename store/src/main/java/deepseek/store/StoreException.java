package deepseek.store;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A file, source or tokenizer that could not be read, fetched or written. */
public final class StoreException extends DeepseekException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_PART = 300;

  public StoreException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  public StoreException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(oneLine(operation), oneLine(expected), oneLine(got), oneLine(remedy), cause);
  }

  /**
   * Messages quote names out of files and what other programs say, which may hold anything: line
   * breaks, megabytes, addresses with a password. These go first, so that no cut hides their end.
   */
  private static String oneLine(String part) {
    String masked = Secrets.masked(part);
    String shown = masked.length() <= MAX_PART ? masked : masked.substring(0, MAX_PART) + "...";
    return shown.codePoints().anyMatch(Character::isISOControl)
        ? shown.replaceAll("\\p{Cntrl}", "?")
        : shown;
  }
}
