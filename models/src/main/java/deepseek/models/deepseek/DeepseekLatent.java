package deepseek.models.deepseek;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.attention.LatentAttention;
import deepseek.nn.attention.RotaryEmbedding;
import deepseek.nn.moe.Router;
import deepseek.nn.moe.SigmoidRouter;
import deepseek.nn.moe.SoftmaxRouter;
import java.util.List;

/**
 * DeepSeek-V2 and V3: latent attention, and a mixture of experts whose groups limit where a token
 * may go. They differ in how the router scores and in the order of rotary pairs.
 *
 * <p>DeepSeek-AI, "DeepSeek-V2", 2024, and "DeepSeek-V3 Technical Report", 2024.
 */
public final class DeepseekLatent implements Architecture {
  private final DeepseekLatentConfig config;
  private final LatentAttention.Settings attention;
  private final Router.Settings router;
  private final RotaryEmbedding rotary;

  private DeepseekLatent(DeepseekLatentConfig config) {
    this.config = config;
    this.attention = config.attention();
    this.router =
        config
            .mixture()
            .router(config.hiddenSize())
            .withGroups(config.groups())
            .withScale(config.routedScalingFactor());
    this.rotary = config.rope().embedding(config.qkRopeHeadDim(), config.ropeLayout());
  }

  /** Reads {@code deepseek_v2} and {@code deepseek_v3} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("deepseek_v2", "deepseek_v3");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new DeepseekLatent(
          config.text("model_type").equals("deepseek_v2")
              ? DeepseekLatentConfig.readV2(config)
              : DeepseekLatentConfig.readV3(config));
    }
  }

  @Override
  public DeepseekLatentConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    Parameters mlp = p.at("mlp");
    var seeing = LatentAttention.of(attention, p.at("self_attn"), rotary);
    var thinking =
        config.mixture().isMixture(index)
            ? config.mixture().mixture(config.common(), router(mlp.at("gate")), mlp)
            : config.mixture().dense(config.common(), mlp);
    return PreNormBlock.of(p, config.hiddenSize(), config.rmsNormEps(), seeing, thinking);
  }

  private Router router(Parameters gate) {
    return switch (config.scoring()) {
      case SOFTMAX -> SoftmaxRouter.of(router, gate);
      case SIGMOID -> SigmoidRouter.of(router, gate);
    };
  }
}
