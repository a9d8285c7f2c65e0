package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import java.util.List;

/**
 * Which layers look at a window of the last tokens only: {@code layer_types} where a config has it,
 * otherwise an older rule of the family.
 */
public record LayerTypes(List<Boolean> listed, Rule otherwise) {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  public LayerTypes {
    listed = List.copyOf(listed);
  }

  /** Whether a layer slides, by its index. */
  @FunctionalInterface
  public interface Rule {
    boolean slides(int layer);
  }

  /**
   * @throws deepseek.models.ModelException when the list has another length than the model, or a
   *     type that is not known
   */
  public static LayerTypes read(ConfigJson json, int numHiddenLayers, Rule otherwise) {
    List<String> types = json.texts("layer_types");
    if (!types.isEmpty() && types.size() != numHiddenLayers) {
      throw json.wrong(
          "layer_types",
          "as long as num_hidden_layers " + numHiddenLayers,
          types.size() + " entries",
          "fix the file or download it again");
    }
    for (String type : types) {
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw json.wrong(
            "layer_types",
            FULL + " or " + SLIDING,
            "'" + type + "'",
            "choose a model with these kinds of attention");
      }
    }
    return new LayerTypes(types.stream().map(SLIDING::equals).toList(), otherwise);
  }

  public boolean slides(int layer) {
    return listed.isEmpty() ? otherwise.slides(layer) : listed.get(layer);
  }
}
