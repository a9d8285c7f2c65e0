package deepseek.models.qwen3;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.RmsNorm;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Llama's layers with queries and keys normed over each head.
 *
 * <p>Yang et al., "Qwen3 Technical Report", 2025.
 */
public final class Qwen3 implements Architecture {
  private final Qwen3Config config;
  private final GroupedAttention.Settings attention;
  private final GatedMlp.Settings mlp;
  private final RotaryEmbedding rotary;

  private Qwen3(Qwen3Config config) {
    this.config = config;
    this.attention =
        config
            .heads()
            .settings(config.hiddenSize())
            .withBiases(config.attentionBias(), config.attentionBias())
            .withHeadNorm(new GroupedAttention.HeadNorm(config.rmsNormEps(), RmsNorm.Form.FACTOR));
    this.mlp =
        GatedMlp.Settings.of(
            config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct());
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code qwen3} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("qwen3");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Qwen3(Qwen3Config.read(config));
    }
  }

  @Override
  public Qwen3Config config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    return PreNormBlock.of(
        p,
        config.hiddenSize(),
        config.rmsNormEps(),
        GroupedAttention.of(
            attention.withWindow(config.window().of(index)), p.at("self_attn"), rotary),
        GatedMlp.of(mlp, p.at("mlp")));
  }
}
