package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.bert.Bert;
import deepseek.nn.Parameters;
import java.util.List;
import java.util.TreeSet;

/** The encoder families known here. */
public final class EncoderFamilies {
  private static final List<EncoderFamily> ALL = List.of(new Bert.Family());

  private EncoderFamilies() {}

  /** All model types with a family, in alphabetical order. */
  public static List<String> modelTypes() {
    TreeSet<String> types = new TreeSet<>();
    ALL.forEach(family -> types.addAll(family.modelTypes()));
    return List.copyOf(types);
  }

  public static boolean covers(String modelType) {
    return modelTypes().contains(modelType);
  }

  /** Makes the encoder of the config's {@code model_type}. */
  public static Encoder build(ConfigJson config, Parameters checkpoint) {
    String type = config.text("model_type");
    for (EncoderFamily family : ALL) {
      if (family.modelTypes().contains(type)) {
        return family.build(config, checkpoint);
      }
    }
    throw new ModelException(
        "read " + config.source(),
        "an encoder's model_type, one of " + String.join(", ", modelTypes()),
        "'" + type + "'",
        "choose a model of a known family");
  }
}
