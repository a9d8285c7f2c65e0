package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.models.Families;
import deepseek.models.deepseek.DeepseekLatent;
import deepseek.models.deepseek.DeepseekMoe;
import deepseek.models.gemma3.Gemma3;
import deepseek.models.llama.Llama;
import deepseek.models.mistral.Mistral;
import deepseek.models.mixtral.Mixtral;
import deepseek.models.qwen2.Qwen2;
import deepseek.models.qwen3.Qwen3;
import deepseek.models.qwenmoe.QwenMoe;
import java.util.List;

/** The decoder families known here. */
public final class DecoderFamilies {
  private static final Families<DecoderFamily> ALL =
      new Families<>(
          "a decoder",
          "encoders are opened with AutoModel.encoder, or deepseek embed",
          List.of(
              new DeepseekLatent.Family(),
              new DeepseekMoe.Family(),
              new Gemma3.Family(),
              new Llama.Family(),
              new Mistral.Family(),
              new Mixtral.Family(),
              new Qwen2.Family(),
              new Qwen3.Family(),
              new QwenMoe.Family()));

  private DecoderFamilies() {}

  /** Reads a config by the family of its {@code model_type}. */
  public static Architecture read(ConfigJson config) {
    return ALL.of(config).read(config);
  }
}
