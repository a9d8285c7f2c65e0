package deepseek.compute;

import deepseek.compute.internal.NativeInference;

/**
 * Turns off autograd's bookkeeping on this thread until closed. Tensors made meanwhile can't take
 * part in a backward pass later.
 */
public final class InferenceMode implements AutoCloseable {
  private final NativeInference mode = new NativeInference();
  private boolean closed;

  private InferenceMode() {}

  public static InferenceMode enter() {
    return new InferenceMode();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      mode.end();
    }
  }
}
