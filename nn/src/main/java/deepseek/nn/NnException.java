package deepseek.nn;

import deepseek.DeepseekException;

/** A layer that could not be built or run with what it was given. */
public final class NnException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Completes {@code operation: expected X, got Y; remedy}. */
  public NnException(String operation, String expected, String got, String remedy) {
    super(operation, expected, got, remedy, null);
  }
}
