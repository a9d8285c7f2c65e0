package deepseek.models.qwen2;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Linear;
import deepseek.nn.Parameters;
import deepseek.nn.PreNormBlock;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Llama's layers with biases on queries, keys and values; upper layers may look at a window.
 *
 * <p>Yang et al., "Qwen2 Technical Report", 2024.
 */
public final class Qwen2 implements Architecture {
  private final Qwen2Config config;
  private final GroupedAttention.Settings attention;
  private final GatedMlp.Settings mlp;
  private final RotaryEmbedding rotary;

  private Qwen2(Qwen2Config config) {
    this.config = config;
    this.attention =
        config
            .heads()
            .settings(config.hiddenSize())
            .withBiases(Linear.Bias.ADDED, Linear.Bias.NONE);
    this.mlp =
        GatedMlp.Settings.of(
            config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct());
    this.rotary = config.rope().embedding(config.heads().headDim(), RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code qwen2} configs. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("qwen2");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Qwen2(Qwen2Config.read(config));
    }
  }

  @Override
  public Qwen2Config config() {
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
