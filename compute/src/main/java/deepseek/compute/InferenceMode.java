package deepseek.compute;

import deepseek.compute.internal.NativeInference;
import deepseek.compute.internal.TorchRuntime;
import org.jspecify.annotations.Nullable;

/**
 * Turns off autograd's bookkeeping on this thread until closed. Tensors made meanwhile can't take
 * part in a backward pass later.
 *
 * <p>libtorch is told when this thread first needs it.
 */
public final class InferenceMode implements AutoCloseable {
  private static final ThreadLocal<@Nullable InferenceMode> INNERMOST = new ThreadLocal<>();

  private final @Nullable InferenceMode outer;
  private final boolean on;
  private @Nullable NativeInference mode;
  private boolean closed;

  private InferenceMode(boolean on) {
    this.outer = INNERMOST.get();
    this.on = on;
    INNERMOST.set(this);
    if (TorchRuntime.isLoaded()) {
      tell();
    }
  }

  /** Until it is closed, what this thread computes can have no gradient, and costs less. */
  public static InferenceMode enter() {
    return new InferenceMode(true);
  }

  /** Ordinary bookkeeping until closed, for tensors that outlive an inference: parameters. */
  public static InferenceMode suspend() {
    return new InferenceMode(false);
  }

  /** Whether autograd keeps its books on this thread. */
  static boolean isRecording() {
    InferenceMode innermost = INNERMOST.get();
    return innermost == null || !innermost.on;
  }

  /** Loads libtorch and sets it to the modes that this thread is in. */
  static void tellLibtorch() {
    TorchRuntime.load();
    InferenceMode innermost = INNERMOST.get();
    if (innermost != null) {
      innermost.tell();
    }
  }

  private void tell() {
    if (mode == null) {
      if (outer != null) {
        outer.tell();
      }
      mode = new NativeInference(on);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      if (INNERMOST.get() != this) {
        throw new ComputeException(
            "close an InferenceMode",
            "the innermost one of the thread that entered it",
            "an outer one, or one of another thread",
            "use try-with-resources, which closes them in order");
      }
      closed = true;
      INNERMOST.set(outer);
      if (mode != null) {
        mode.end();
      }
    }
  }
}
