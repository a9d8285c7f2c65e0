package deepseek.bench;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A benchmark, or a peer in it, that could not be run. */
public final class BenchException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  public BenchException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  public BenchException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
