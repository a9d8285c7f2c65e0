package deepseek.models.mistral;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Llama's layers, each, or those that are listed, looking at a window of the last tokens.
 *
 * <p>Jiang et al., "Mistral 7B", 2023.
 */
public final class Mistral implements Architecture {
  private final MistralConfig config;
  private final GroupedAttention.Settings attention;
  private final GatedMlp.Settings mlp;
  private final RotaryEmbedding rotary;

  private Mistral(MistralConfig config) {
    this.config = config;
    this.attention = config.heads().settings(config.hiddenSize());
    this.mlp =
        GatedMlp.Settings.of(
            config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct());
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code mistral} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("mistral");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Mistral(MistralConfig.read(config));
    }
  }

  @Override
  public MistralConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    return PreNormBlock.of(
        p,
        config.hiddenSize(),
        config.rmsNormEps(),
        GroupedAttention.of(attention.withWindow(config.window(index)), p.at("self_attn"), rotary),
        GatedMlp.of(mlp, p.at("mlp")));
  }
}
