package deepseek.serve;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A server that could not be set up, started or stopped. */
public final class ServeException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Completes {@code operation: expected X, got Y; remedy}. */
  public ServeException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  /** The same with the exception that caused it. */
  public ServeException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
