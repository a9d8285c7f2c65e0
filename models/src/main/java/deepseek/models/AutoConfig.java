package deepseek.models;

import deepseek.hub.ModelHub;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.DecoderFamilies;

/** Configs by model id: whatever {@link deepseek.hub.ModelSource#parse} accepts. */
public final class AutoConfig {
  private AutoConfig() {}

  /** Reads a model's config.json, or its file's metadata in place of one. */
  public static DecoderConfig fromPretrained(String id) {
    return fromPretrained(id, ModelOptions.defaults());
  }

  /** The same by these options for the hub. */
  public static DecoderConfig fromPretrained(String id, ModelOptions options) {
    ModelHub hub = new ModelHub(options.hub(), options.progress());
    return DecoderFamilies.read(Checkpoint.configOf(hub.resolve(id).root())).config();
  }
}
