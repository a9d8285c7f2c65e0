package deepseek.models.mistral;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;

/**
 * Fields of a Mistral {@code config.json}, under their names there. {@code slidingWindow} 0 stands
 * for null: no window.
 */
public record MistralConfig(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    int slidingWindow)
    implements DecoderConfig {
  private static final int WINDOW_OF_THE_FIRST_MODEL = 4096;

  static MistralConfig read(ConfigJson json) {
    CommonFields common = CommonFields.read(json, CommonFields.Defaults.silu(4096 * 32));
    return new MistralConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, 10_000, common.maxPositionEmbeddings()),
        json.countUnlessNull("sliding_window", WINDOW_OF_THE_FIRST_MODEL));
  }
}
