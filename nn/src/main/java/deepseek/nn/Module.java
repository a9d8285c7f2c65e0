package deepseek.nn;

import deepseek.compute.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A part of a network that owns its parameters and the modules inside it; closing it frees them.
 *
 * <p>Parameters are named by their path, as PyTorch names them: {@code self_attn.q_proj.weight}.
 */
public abstract class Module implements AutoCloseable {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /** Takes {@code tensor} out of its scope; it lives as long as this module. */
  protected final Tensor parameter(String name, Tensor tensor) {
    parameters.put(name, tensor.own());
    return tensor;
  }

  /** Takes {@code module} over; it is closed with this one. */
  protected final <M extends Module> M child(String name, M module) {
    children.put(name, module);
    return module;
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
