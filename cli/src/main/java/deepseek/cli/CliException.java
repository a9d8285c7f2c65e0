package deepseek.cli;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A command that could not do what was asked: exit code 1 and one line on stderr. */
public final class CliException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  public CliException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  public CliException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
