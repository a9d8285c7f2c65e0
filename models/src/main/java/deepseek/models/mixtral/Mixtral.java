package deepseek.models.mixtral;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import deepseek.nn.moe.Experts;
import deepseek.nn.moe.MixtureOfExperts;
import deepseek.nn.moe.Router;
import deepseek.nn.moe.SoftmaxRouter;
import java.util.List;

/**
 * Mistral's layers with a mixture of experts in place of each MLP.
 *
 * <p>Jiang et al., "Mixtral of Experts", 2024.
 */
public final class Mixtral implements Architecture {
  private final MixtralConfig config;
  private final GroupedAttention.Settings attention;
  private final Router.Settings router;
  private final GatedMlp.Settings expert;
  private final RotaryEmbedding rotary;

  private Mixtral(MixtralConfig config) {
    this.config = config;
    this.attention =
        config.heads().settings(config.hiddenSize()).withWindow(config.slidingWindow());
    this.router =
        Router.Settings.of(
            config.hiddenSize(),
            config.numLocalExperts(),
            config.numExpertsPerTok(),
            Router.Weights.SHARES);
    this.expert =
        GatedMlp.Settings.of(
                config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct())
            .withNames(GatedMlp.Names.NUMBERED);
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code mixtral} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("mixtral");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Mixtral(MixtralConfig.read(config));
    }
  }

  @Override
  public MixtralConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    Parameters moe = p.at("block_sparse_moe");
    return PreNormBlock.of(
        p,
        config.hiddenSize(),
        config.rmsNormEps(),
        GroupedAttention.of(attention, p.at("self_attn"), rotary),
        "block_sparse_moe",
        MixtureOfExperts.of(
            SoftmaxRouter.of(router, moe.at("gate")),
            Experts.of(config.numLocalExperts(), expert, moe.at("experts"))));
  }
}
