package deepseek.compute;

import deepseek.compute.internal.NativeInference;

/**
 * Turns off autograd's bookkeeping on this thread until closed. Tensors made meanwhile can't take
 * part in a backward pass later.
 */
public final class InferenceMode implements AutoCloseable {
  private final NativeInference mode;
  private boolean closed;

  private InferenceMode(NativeInference mode) {
    this.mode = mode;
  }

  public static InferenceMode enter() {
    return new InferenceMode(new NativeInference(true));
  }

  /** Ordinary bookkeeping until closed, for tensors that outlive an inference: parameters. */
  public static InferenceMode suspend() {
    return new InferenceMode(new NativeInference(false));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      mode.end();
    }
  }
}
