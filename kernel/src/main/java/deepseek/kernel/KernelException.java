package deepseek.kernel;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A kernel that could not be described, compiled, loaded or run. */
public final class KernelException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  public KernelException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  public KernelException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
