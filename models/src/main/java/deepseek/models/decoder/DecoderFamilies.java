package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
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
import java.util.TreeSet;

/** The decoder families known here. */
public final class DecoderFamilies {
  private static final List<DecoderFamily> ALL =
      List.of(
          new DeepseekLatent.Family(),
          new DeepseekMoe.Family(),
          new Gemma3.Family(),
          new Llama.Family(),
          new Mistral.Family(),
          new Mixtral.Family(),
          new Qwen2.Family(),
          new Qwen3.Family(),
          new QwenMoe.Family());

  private DecoderFamilies() {}

  /** All model types with a family, in alphabetical order. */
  public static List<String> modelTypes() {
    TreeSet<String> types = new TreeSet<>();
    ALL.forEach(family -> types.addAll(family.modelTypes()));
    return List.copyOf(types);
  }

  public static boolean covers(String modelType) {
    return modelTypes().contains(modelType);
  }

  /** Reads a config by the family of its {@code model_type}. */
  public static Architecture read(ConfigJson config) {
    String type = config.text("model_type");
    for (DecoderFamily family : ALL) {
      if (family.modelTypes().contains(type)) {
        return family.read(config);
      }
    }
    throw new ModelException(
        "read " + config.source(),
        "a decoder's model_type, one of " + String.join(", ", modelTypes()),
        "'" + type + "'",
        "choose a model of a known family");
  }
}
