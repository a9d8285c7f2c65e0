package deepseek.models.llama;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Linear;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.RmsNorm;
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
  private final RotaryEmbedding rotary;

  private Llama(LlamaConfig config) {
    this.config = config;
    this.rotary =
        new RotaryEmbedding(
            config.headDim(),
            config.rope().theta(),
            config.rope().scaling(),
            RotaryEmbedding.Layout.HALVES);
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
    int dim = config.hiddenSize();
    Linear.Bias bias = Linear.Bias.when(config.attentionBias());
    var settings =
        new GroupedAttention.Settings(
            dim,
            config.numAttentionHeads(),
            config.numKeyValueHeads(),
            config.headDim(),
            1 / Math.sqrt(config.headDim()),
            /* window= */ 0,
            bias,
            bias);
    return new PreNormBlock<>(
        RmsNorm.of(p.at("input_layernorm"), dim, config.rmsNormEps()),
        GroupedAttention.of(settings, p.at("self_attn"), rotary),
        RmsNorm.of(p.at("post_attention_layernorm"), dim, config.rmsNormEps()),
        GatedMlp.of(
            p.at("mlp"),
            dim,
            config.intermediateSize(),
            config.hiddenAct(),
            Linear.Bias.when(config.mlpBias())));
  }

  @Override
  public RmsNorm finalNorm(Parameters p) {
    return RmsNorm.of(p, config.hiddenSize(), config.rmsNormEps());
  }
}
