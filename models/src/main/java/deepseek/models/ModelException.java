package deepseek.models;

import deepseek.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A model whose config, weights or input do not fit together. */
public final class ModelException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Completes {@code operation: expected X, got Y; remedy}. */
  public ModelException(String operation, String expected, String got, String remedy) {
    super(operation, expected, got, remedy, null);
  }

  /** Throws if an argument was left out. */
  public static void requirePresent(String operation, String what, @Nullable Object value) {
    if (value == null) {
      throw new ModelException(operation, what, "null", "pass one");
    }
  }
}
