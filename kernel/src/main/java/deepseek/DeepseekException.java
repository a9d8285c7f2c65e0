package deepseek;

import org.jspecify.annotations.Nullable;

/**
 * An operation that could not be done. Every module throws one subclass; every message names the
 * operation, what was expected, what was found and the remedy, on one line:
 *
 * <pre>open model.safetensors: expected 8 header bytes, got 3; download the file again</pre>
 */
public abstract class DeepseekException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String complaint;

  protected DeepseekException(
      String operation, String expected, String got, String remedy, @Nullable Throwable cause) {
    this(operation, "expected " + expected + ", got " + got + "; " + remedy, cause);
  }

  private DeepseekException(String operation, String complaint, @Nullable Throwable cause) {
    super(operation + ": " + complaint, cause);
    this.complaint = complaint;
  }

  /** The message without the operation, for callers that name the operation themselves. */
  public String complaint() {
    return complaint;
  }
}
