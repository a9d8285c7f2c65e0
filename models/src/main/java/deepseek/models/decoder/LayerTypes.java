package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import java.util.List;

/**
 * Which layers look at a window of the last tokens only: {@code layer_types} where a config has it,
 * otherwise an older rule of the family.
 */
public record LayerTypes(List<Boolean> listed, Rule otherwise) {
  private static final String LISTED = "layer_types";
  private static final String WINDOW_LAYERS = "max_window_layers";
  private static final String PATTERN = "sliding_window_pattern";
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  public LayerTypes {
    listed = List.copyOf(listed);
  }

  /** Which layers slide where none are listed. */
  public sealed interface Rule {
    /** Every layer. */
    record All() implements Rule {}

    /** Those from {@code max_window_layers} on. */
    record From(int maxWindowLayers) implements Rule {
      public From {
        ConfigCheck.count(WINDOW_LAYERS, maxWindowLayers);
      }
    }

    /** Every second below {@code max_window_layers}, the first among them. */
    record EvenBelow(int maxWindowLayers) implements Rule {
      public EvenBelow {
        ConfigCheck.count(WINDOW_LAYERS, maxWindowLayers);
      }
    }

    /** All but the last of each {@code sliding_window_pattern} layers. */
    record AllButEvery(int slidingWindowPattern) implements Rule {
      public AllButEvery {
        ConfigCheck.size(PATTERN, slidingWindowPattern);
      }
    }
  }

  /**
   * @throws deepseek.models.ModelException when the list has another length than the model, or a
   *     type that is not known
   */
  public static LayerTypes read(ConfigJson json, int numHiddenLayers, Rule otherwise) {
    List<String> types = json.texts(LISTED);
    if (!types.isEmpty() && types.size() != numHiddenLayers) {
      throw json.wrong(
          LISTED,
          "as long as num_hidden_layers " + numHiddenLayers,
          types.size() + " entries",
          "fix the file or download it again");
    }
    for (String type : types) {
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw json.wrong(
            LISTED,
            FULL + " or " + SLIDING,
            "'" + type + "'",
            "choose a model with these kinds of attention");
      }
    }
    return new LayerTypes(types.stream().map(SLIDING::equals).toList(), otherwise);
  }

  /** Whether layer {@code index} sees a sliding window only. */
  public boolean slides(int layer) {
    if (!listed.isEmpty()) {
      return listed.get(layer);
    }
    return switch (otherwise) {
      case Rule.All() -> true;
      case Rule.From(int first) -> layer >= first;
      case Rule.EvenBelow(int end) -> layer % 2 == 0 && layer < end;
      case Rule.AllButEvery(int pattern) -> (layer + 1) % pattern != 0;
    };
  }

  /** Adds what {@link #read} and the family's rule take. */
  public void writeTo(ObjectNode json) {
    switch (otherwise) {
      case Rule.All() -> {}
      case Rule.From(int first) -> json.put(WINDOW_LAYERS, first);
      case Rule.EvenBelow(int end) -> json.put(WINDOW_LAYERS, end);
      case Rule.AllButEvery(int pattern) -> json.put(PATTERN, pattern);
    }
    if (!listed.isEmpty()) {
      ArrayNode types = json.putArray(LISTED);
      listed.forEach(slides -> types.add(slides ? SLIDING : FULL));
    }
  }
}
