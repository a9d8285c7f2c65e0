package deepseek.models.gemma3;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.DecoderFamily;
import deepseek.nn.Block;
import deepseek.nn.GatedMlp;
import deepseek.nn.Parameters;
import deepseek.nn.RmsNorm;
import deepseek.nn.SandwichNormBlock;
import deepseek.nn.attention.GroupedAttention;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Norms before and after each part, heads normed, most layers looking at a window and rotated by a
 * base of their own. Of {@code gemma3} models the text part.
 *
 * <p>Gemma Team, "Gemma 3 Technical Report", 2025.
 */
public final class Gemma3 implements Architecture {
  private final Gemma3Config config;
  private final GroupedAttention.Settings attention;
  private final GatedMlp.Settings mlp;
  private final RotaryEmbedding rotary;
  private final RotaryEmbedding rotaryLocal;

  private Gemma3(Gemma3Config config) {
    this.config = config;
    this.attention =
        config
            .heads()
            .settings(config.hiddenSize())
            .withScale(1 / Math.sqrt(config.queryPreAttnScalar()))
            .withBiases(config.attentionBias(), config.attentionBias())
            .withHeadNorm(new GroupedAttention.HeadNorm(config.rmsNormEps(), RmsNorm.Form.OFFSET));
    this.mlp =
        GatedMlp.Settings.of(
            config.hiddenSize(), config.intermediateSize(), config.common().hiddenAct());
    int headDim = config.heads().headDim();
    this.rotary = config.rope().embedding(headDim, RotaryEmbedding.Layout.HALVES);
    this.rotaryLocal = config.ropeLocal().embedding(headDim, RotaryEmbedding.Layout.HALVES);
  }

  /** Reads {@code gemma3_text} configs, and {@code gemma3} ones for their text part. */
  public static final class Family implements DecoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("gemma3_text", "gemma3");
    }

    @Override
    public Architecture read(ConfigJson config) {
      return new Gemma3(Gemma3Config.read(config));
    }
  }

  @Override
  public Gemma3Config config() {
    return config;
  }

  @Override
  public double embeddingScale() {
    return Math.sqrt(config.hiddenSize());
  }

  @Override
  public Block block(Parameters p, int index) {
    boolean slides = config.layerTypes().slides(index);
    return SandwichNormBlock.of(
        p,
        config.hiddenSize(),
        config.rmsNormEps(),
        RmsNorm.Form.OFFSET,
        GroupedAttention.of(
            attention.withWindow(config.window(index)),
            p.at("self_attn"),
            slides ? rotaryLocal : rotary),
        GatedMlp.of(mlp, p.at("mlp")));
  }

  @Override
  public RmsNorm finalNorm(Parameters p) {
    return RmsNorm.of(p, config.hiddenSize(), config.rmsNormEps(), RmsNorm.Form.OFFSET);
  }
}
