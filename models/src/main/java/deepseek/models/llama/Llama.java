package deepseek.models.llama;

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
 * Pre-norm decoder with grouped attention and SwiGLU.
 *
 * <p>Touvron et al., "LLaMA", 2023; Grattafiori et al., "The Llama 3 Herd of Models", 2024.
 */
public final class Llama implements Architecture {
  private final LlamaConfig config;
  private final GroupedAttention.Settings attention;
  private final GatedMlp.Settings mlp;
  private final RotaryEmbedding rotary;

  private Llama(LlamaConfig config) {
    this.config = config;
    this.attention =
        config
            .heads()
            .settings(config.hiddenSize())
            .withBiases(config.attentionBias(), config.attentionBias());
    this.mlp =
        GatedMlp.Settings.of(
                config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct())
            .withBias(config.mlpBias());
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code llama} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("llama");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Llama(LlamaConfig.read(config));
    }
  }

  @Override
  public LlamaConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    return PreNormBlock.of(
        p,
        config.hiddenSize(),
        config.rmsNormEps(),
        GroupedAttention.of(attention, p.at("self_attn"), rotary),
        GatedMlp.of(mlp, p.at("mlp")));
  }
}
