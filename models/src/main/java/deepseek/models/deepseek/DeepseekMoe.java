package deepseek.models.deepseek;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import deepseek.nn.moe.Router;
import deepseek.nn.moe.SoftmaxRouter;
import java.util.List;

/**
 * DeepSeek-MoE: Llama's layers with many small routed experts and some shared ones.
 *
 * <p>Dai et al., "DeepSeekMoE", 2024.
 */
public final class DeepseekMoe implements Architecture {
  private final DeepseekMoeConfig config;
  private final GroupedAttention.Settings attention;
  private final Router.Settings router;
  private final RotaryEmbedding rotary;

  private DeepseekMoe(DeepseekMoeConfig config) {
    this.config = config;
    this.attention =
        config
            .heads()
            .settings(config.hiddenSize())
            .withBiases(config.attentionBias(), config.attentionBias());
    this.router = config.mixture().router(config.hiddenSize());
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code deepseek} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("deepseek");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new DeepseekMoe(DeepseekMoeConfig.read(config));
    }
  }

  @Override
  public DeepseekMoeConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    Parameters mlp = p.at("mlp");
    var seeing = GroupedAttention.of(attention, p.at("self_attn"), rotary);
    var thinking =
        config.mixture().isMixture(index)
            ? config
                .mixture()
                .mixture(config.common(), SoftmaxRouter.of(router, mlp.at("gate")), mlp)
            : config.mixture().dense(config.common(), mlp);
    return PreNormBlock.of(p, config.hiddenSize(), config.rmsNormEps(), seeing, thinking);
  }
}
