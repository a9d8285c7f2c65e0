package deepseek.models.generate;

import deepseek.DeepseekException;

/** An engine that has as many requests waiting as it may; try again later. */
public final class EngineBusyException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  EngineBusyException(int waiting, int most) {
    super(
        "submit a request",
        "fewer than " + most + " requests that wait",
        String.valueOf(waiting),
        "try again later, or allow more",
        null);
  }
}
