package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The language model inside a multimodal checkpoint, named as if it stood alone. What is not of it
 * (the vision tower) keeps its names and is never asked for.
 */
final class TextPartWeights implements Weights {
  // Older and newer names of the same thing; the more special ones first.
  private static final Map<String, String> PREFIXES = new LinkedHashMap<>();

  static {
    PREFIXES.put("language_model.model.", "model.");
    PREFIXES.put("language_model.lm_head.", "lm_head.");
    PREFIXES.put("model.language_model.", "model.");
  }

  private final Weights whole;
  private final Map<String, String> theirs = new LinkedHashMap<>();

  TextPartWeights(Weights whole) {
    this.whole = whole;
    for (String name : whole.names()) {
      theirs.put(alone(name), name);
    }
  }

  private static String alone(String name) {
    for (Map.Entry<String, String> prefix : PREFIXES.entrySet()) {
      if (name.startsWith(prefix.getKey())) {
        return prefix.getValue() + name.substring(prefix.getKey().length());
      }
    }
    return name;
  }

  private String their(String name) {
    String found = theirs.get(name);
    if (found == null) {
      throw Weights.missing("the text part", name, theirs.keySet());
    }
    return found;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(theirs.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    return whole.info(their(name)).named(name);
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return whole.load(their(name), dtype, device);
  }

  @Override
  public void prefetch(Collection<String> names) {
    whole.prefetch(theirs(names));
  }

  @Override
  public void release(Collection<String> names) {
    whole.release(theirs(names));
  }

  private List<String> theirs(Collection<String> names) {
    return names.stream().map(this::their).toList();
  }

  @Override
  public void close() {
    whole.close();
  }
}
