package deepseek.models;

import deepseek.hub.ModelHub;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.DecoderFamilies;

/** Configs by model id: whatever {@link deepseek.hub.ModelSource#parse} accepts. */
public final class AutoConfig {
  private AutoConfig() {}

  public static DecoderConfig fromPretrained(String id) {
    return fromPretrained(id, ModelOptions.defaults());
  }

  public static DecoderConfig fromPretrained(String id, ModelOptions options) {
    ModelHub hub = new ModelHub(options.hub(), options.progress());
    return DecoderFamilies.read(Checkpoint.configOf(hub.resolve(id).root())).config();
  }
}
