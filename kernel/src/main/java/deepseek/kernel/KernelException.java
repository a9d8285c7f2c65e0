package deepseek.kernel;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A kernel that could not be described, compiled, loaded or run. */
public final class KernelException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Without a cause; the message is {@code operation: expected X, got Y; remedy}. */
  public KernelException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  /** As the other, with the exception that caused it. */
  public KernelException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
