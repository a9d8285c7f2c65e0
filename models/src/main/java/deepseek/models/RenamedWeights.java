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

/** A language model's weights by the names they have where it was saved whole and alone. */
final class RenamedWeights implements Weights {
  /**
   * Older and newer names of the language model inside a multimodal one, the more special ones
   * first. What is not of it (the vision tower) keeps its names.
   */
  private static final Map<String, String> TEXT_PART = new LinkedHashMap<>();

  static {
    TEXT_PART.put("language_model.model.", "model.");
    TEXT_PART.put("language_model.lm_head.", "lm_head.");
    TEXT_PART.put("model.language_model.", "model.");
    TEXT_PART.put("language_model.", "model.");
  }

  /** What a network that was saved without its head calls its parts. */
  private static final Map<String, String> BARE =
      Map.of(
          "embed_tokens.",
          "model.embed_tokens.",
          "layers.",
          "model.layers.",
          "norm.",
          "model.norm.");

  private final Weights whole;
  private final Map<String, String> theirs = new LinkedHashMap<>();

  private RenamedWeights(Weights whole, Map<String, String> prefixes) {
    this.whole = whole;
    for (String name : whole.names()) {
      String before = theirs.put(renamed(name, prefixes), name);
      if (before != null) {
        throw new ModelException(
            "open the checkpoint",
            "one tensor for each parameter",
            "'" + before + "' and '" + name + "' for one",
            "save the model again");
      }
    }
  }

  /** {@code stored} itself where its names are a decoder's already. Closing closes it. */
  static Weights ofDecoder(ConfigJson config, Weights stored) {
    if (config.has("text_config")) {
      return new RenamedWeights(stored, TEXT_PART);
    }
    boolean bare =
        stored.names().contains("embed_tokens.weight")
            && stored.names().stream().noneMatch(name -> name.startsWith("model."));
    return bare ? new RenamedWeights(stored, BARE) : stored;
  }

  private static String renamed(String name, Map<String, String> prefixes) {
    for (Map.Entry<String, String> prefix : prefixes.entrySet()) {
      if (name.startsWith(prefix.getKey())) {
        return prefix.getValue() + name.substring(prefix.getKey().length());
      }
    }
    return name;
  }

  private String their(String name) {
    String found = theirs.get(name);
    if (found == null) {
      throw Weights.missing("the checkpoint", name, theirs.keySet());
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
