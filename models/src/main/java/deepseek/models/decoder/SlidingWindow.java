package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import java.util.List;

/**
 * A Qwen's window over the last tokens and the layers that look through it.
 *
 * @param size {@code sliding_window} where {@code use_sliding_window} says so, else 0: none
 */
public record SlidingWindow(int size, LayerTypes layerTypes) {
  private static final String USED = "use_sliding_window";
  private static final String SIZE = "sliding_window";

  public SlidingWindow {
    ConfigCheck.count(SIZE, size);
  }

  /** {@code otherwise} tells which layers slide where the config doesn't list them. */
  public static SlidingWindow read(
      ConfigJson json, int numHiddenLayers, LayerTypes.Rule otherwise) {
    return new SlidingWindow(size(json), LayerTypes.read(json, numHiddenLayers, otherwise));
  }

  /** The same window in every layer; a list of layers is passed over. */
  public static SlidingWindow everywhere(ConfigJson json) {
    return new SlidingWindow(size(json), new LayerTypes(List.of(), new LayerTypes.Rule.All()));
  }

  private static int size(ConfigJson json) {
    return json.flagOr(USED, false) ? json.countOr(SIZE, 0) : 0;
  }

  /** Tokens that a layer sees; 0: all. */
  public int of(int layer) {
    return layerTypes.slides(layer) ? size : 0;
  }

  /** Adds what {@link #read} takes. */
  public void writeTo(ObjectNode json) {
    json.put(USED, size > 0);
    json.put(SIZE, size == 0 ? null : size);
    layerTypes.writeTo(json);
  }
}
