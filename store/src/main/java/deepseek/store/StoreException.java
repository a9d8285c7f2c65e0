package deepseek.store;

import deepseek.compute.DeepseekException;
import org.jspecify.annotations.Nullable;

/** A file, source or tokenizer that could not be read, fetched or written. */
public final class StoreException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  public StoreException(String operation, String expected, String got, String remedy) {
    this(operation, expected, got, remedy, null);
  }

  public StoreException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    super(operation, expected, got, remedy, cause);
  }
}
