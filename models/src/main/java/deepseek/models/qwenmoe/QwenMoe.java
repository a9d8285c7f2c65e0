package deepseek.models.qwenmoe;

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
import deepseek.nn.moe.Experts;
import deepseek.nn.moe.MixtureOfExperts;
import deepseek.nn.moe.Router;
import deepseek.nn.moe.SoftmaxRouter;
import java.util.List;

/**
 * Qwen's attention with a mixture of experts in most layers; Qwen2 adds a shared expert behind a
 * gate.
 *
 * <p>Yang et al., "Qwen2 Technical Report", 2024, and "Qwen3 Technical Report", 2025.
 */
public final class QwenMoe implements Architecture {
  private final QwenMoeConfig config;
  private final GroupedAttention.Settings attention;
  private final Router.Settings router;
  private final RotaryEmbedding rotary;

  private QwenMoe(QwenMoeConfig config) {
    this.config = config;
    this.attention = attention(config);
    this.router =
        Router.Settings.of(
            config.hiddenSize(),
            config.numExperts(),
            config.numExpertsPerTok(),
            Router.Weights.shares(config.normTopkProb()));
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  private static GroupedAttention.Settings attention(QwenMoeConfig c) {
    var plain = c.heads().settings(c.hiddenSize()).withBiases(c.inputBias(), c.outputBias());
    return switch (c.generation()) {
      case QWEN2 -> plain;
      case QWEN3 ->
          plain.withHeadNorm(new GroupedAttention.HeadNorm(c.rmsNormEps(), RmsNorm.Form.FACTOR));
    };
  }

  /** Reads {@code qwen2_moe} and {@code qwen3_moe} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("qwen2_moe", "qwen3_moe");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new QwenMoe(
          config.text("model_type").equals("qwen2_moe")
              ? QwenMoeConfig.readQwen2(config)
              : QwenMoeConfig.readQwen3(config));
    }
  }

  @Override
  public QwenMoeConfig config() {
    return config;
  }

  @Override
  public Block block(Parameters p, int index) {
    Parameters mlp = p.at("mlp");
    var seeing =
        GroupedAttention.of(
            attention.withWindow(config.window().of(index)), p.at("self_attn"), rotary);
    var thinking =
        config.isMixture(index)
            ? mixture(mlp)
            : GatedMlp.of(settings(config.intermediateSize()), mlp);
    return PreNormBlock.of(p, config.hiddenSize(), config.rmsNormEps(), seeing, thinking);
  }

  private MixtureOfExperts mixture(Parameters mlp) {
    Router gate = SoftmaxRouter.of(router, mlp.at("gate"));
    Experts experts =
        Experts.of(config.numExperts(), settings(config.moeIntermediateSize()), mlp.at("experts"));
    return config
        .sharedExpertIntermediateSize()
        .map(
            size ->
                MixtureOfExperts.of(
                    gate,
                    experts,
                    GatedMlp.of(settings(size), mlp.at("shared_expert")),
                    Linear.of(mlp.at("shared_expert_gate"), config.hiddenSize(), 1)))
        .orElseGet(() -> MixtureOfExperts.of(gate, experts));
  }

  private GatedMlp.Settings settings(int hidden) {
    return GatedMlp.Settings.of(config.hiddenSize(), hidden, config.common().hiddenAct());
  }
}
