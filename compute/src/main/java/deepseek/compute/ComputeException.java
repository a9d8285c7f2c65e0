package deepseek.compute;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A tensor operation that its arguments, its owner or libtorch did not allow. */
public final class ComputeException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Without a cause. */
  public ComputeException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  /** With what libtorch or the JDK said. */
  public ComputeException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }

  /** {@code value}, which must not be null. */
  static <T> T present(String operation, String what, @Nullable T value) {
    if (value == null) {
      throw new ComputeException(operation, what, "null", "pass one");
    }
    return value;
  }
}
