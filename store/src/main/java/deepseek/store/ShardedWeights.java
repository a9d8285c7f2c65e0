package deepseek.store;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.QTensor;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Several files as one checkpoint. Takes ownership of the parts and closes them. */
public final class ShardedWeights implements Weights {
  private final String title;
  private final List<Weights> parts;
  private final Map<String, Weights> homes = new LinkedHashMap<>();

  /**
   * Joins the parts, in order.
   *
   * @param title the name of the whole in error messages
   * @throws DataException if two parts contain the same name; the parts are closed then
   */
  public ShardedWeights(String title, List<? extends Weights> parts) {
    this.title = title;
    this.parts = List.copyOf(parts);
    for (Weights part : this.parts) {
      for (String name : part.names()) {
        if (homes.put(name, part) != null) {
          close();
          throw new DataException(
              "open " + title,
              "every tensor in one shard",
              "'" + name + "' in two",
              "remove the shards that belong to another checkpoint");
        }
      }
    }
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(homes.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    return home(name).info(name);
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return home(name).load(name, dtype, device);
  }

  @Override
  public Optional<QTensor.GgmlMatrix> stored(String name) {
    return home(name).stored(name);
  }

  @Override
  public void prefetch(Collection<String> names) {
    split(names, Weights::prefetch);
  }

  @Override
  public void release(Collection<String> names) {
    split(names, Weights::release);
  }

  private void split(Collection<String> names, BiConsumer<Weights, List<String>> action) {
    names.stream().collect(Collectors.groupingBy(this::home)).forEach(action);
  }

  private Weights home(String name) {
    Weights part = homes.get(name);
    if (part == null) {
      throw Weights.missing(title, name, names());
    }
    return part;
  }

  @Override
  public void close() {
    parts.forEach(Weights::close);
  }
}
