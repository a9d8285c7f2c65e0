package deepseek.nn;

import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A part of a network that owns its parameters and the modules inside it; closing it frees them.
 *
 * <p>Parameters are named by their path, as PyTorch names them: {@code self_attn.q_proj.weight}. A
 * network is put together by {@link #build}, which leaves nothing behind when a part of it fails.
 */
public abstract class Module implements AutoCloseable {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /**
   * Runs {@code constructor} in a scope of its own; what it makes outlives the scope only as
   * parameters of the module it returns.
   */
  public static <M extends Module> M build(Supplier<M> constructor) {
    try (var scope = Scope.open();
        var trainable = InferenceMode.suspend()) {
      M module = constructor.get();
      module.parameters().values().forEach(Tensor::own);
      return module;
    }
  }

  protected final Tensor parameter(String name, Tensor tensor) {
    parameters.put(name, tensor);
    return tensor;
  }

  /** Takes {@code module} over; it is closed with this one. */
  protected final <M extends Module> M child(String name, M module) {
    children.put(name, module);
    return module;
  }

  /** Closes a child before its time. */
  protected final void dropChild(String name) {
    Module module = children.remove(name);
    if (module != null) {
      module.close();
    }
  }

  /** All parameters below this module by their path, in the order they were declared. */
  public final Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>(parameters);
    children.forEach(
        (name, module) ->
            module.parameters().forEach((path, tensor) -> all.put(name + "." + path, tensor)));
    return all;
  }

  /** Frees all parameters below this module. Closing twice does nothing. */
  @Override
  public void close() {
    children.values().forEach(Module::close);
    parameters.values().forEach(Tensor::close);
  }
}
