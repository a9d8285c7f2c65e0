package deepseek.nn;

import deepseek.compute.BlockSparse;
import deepseek.compute.InferenceMode;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A part of a network that owns its parameters, its buffers and the modules inside it; closing it
 * frees them. Buffers are tensors of its state that no gradient reaches: packed weights, and what
 * is set by a rule of its own.
 *
 * <p>Parameters and buffers are named by their path, as PyTorch names them: {@code
 * self_attn.q_proj.weight}. A network is put together by {@link #build}, which leaves nothing
 * behind when a part of it fails.
 */
public abstract class Module implements AutoCloseable {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /**
   * Runs {@code constructor} in a scope of its own; what it makes outlives the scope only as
   * parameters and buffers of the module it returns.
   */
  public static <M extends Module> M build(Supplier<M> constructor) {
    try (var scope = Scope.open();
        var trainable = InferenceMode.suspend()) {
      M module = constructor.get();
      module.state().values().forEach(Tensor::own);
      return module;
    }
  }

  /** Takes ownership of {@code tensor}, a parameter. */
  protected final Tensor parameter(String name, Tensor tensor) {
    parameters.put(name, tensor);
    return tensor;
  }

  /** Takes ownership of {@code tensor}, a buffer. */
  protected final Tensor buffer(String name, Tensor tensor) {
    buffers.put(name, tensor);
    return tensor;
  }

  /** Takes ownership of a weight: plain numbers are a parameter, everything else is a buffer. */
  protected final Weight weight(String name, Weight weight) {
    switch (weight) {
      case Weight.Plain(Tensor plain) -> parameter(name, plain);
      case QTensor packed -> buffer(name, packed.tensor());
      case BlockSparse sparse -> buffer(name, sparse.tensor());
    }
    return weight;
  }

  /** Takes ownership of {@code module}; it is closed with this one. */
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
    Map<String, Tensor> all = new LinkedHashMap<>();
    collect("", module -> module.parameters, all);
    return all;
  }

  /** All buffers below this module by their path, in the order they were declared. */
  public final Map<String, Tensor> buffers() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    collect("", module -> module.buffers, all);
    return all;
  }

  /** All parameters, then all buffers. */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> all = parameters();
    all.putAll(buffers());
    return all;
  }

  private void collect(
      String prefix, Function<Module, Map<String, Tensor>> kind, Map<String, Tensor> all) {
    kind.apply(this).forEach((name, tensor) -> all.put(prefix + name, tensor));
    children.forEach((name, module) -> module.collect(prefix + name + ".", kind, all));
  }

  /** Frees all parameters and buffers below this module. Closing twice does nothing. */
  @Override
  public void close() {
    children.values().forEach(Module::close);
    parameters.values().forEach(Tensor::close);
    buffers.values().forEach(Tensor::close);
  }
}
