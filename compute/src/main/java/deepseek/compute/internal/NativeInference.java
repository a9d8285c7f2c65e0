package deepseek.compute.internal;

import org.bytedeco.pytorch.InferenceMode;

/** libtorch's inference mode on the calling thread, until {@link #end}. */
public final class NativeInference {
  static {
    TorchRuntime.load();
  }

  private final InferenceMode mode;

  public NativeInference(boolean on) {
    this.mode = new InferenceMode(on);
  }

  public void end() {
    mode.deallocate();
  }
}
