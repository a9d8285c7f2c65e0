package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.Families;
import deepseek.models.bert.Bert;
import deepseek.nn.Parameters;
import java.util.List;

/** The encoder families known here. */
public final class EncoderFamilies {
  private static final Families<EncoderFamily> ALL =
      new Families<>(
          "an encoder",
          "language models are opened with AutoModel.causalLm, or deepseek run",
          List.of(new Bert.Family()));

  private EncoderFamilies() {}

  /** Makes the encoder of the config's {@code model_type}. */
  public static Encoder build(ConfigJson config, Parameters checkpoint) {
    return ALL.of(config).build(config, checkpoint);
  }

  /** Makes the head that classifies whole texts, as the config's {@code model_type} has it. */
  static ClassificationHead head(ConfigJson config, Parameters checkpoint, int labels) {
    return ALL.of(config).head(config, checkpoint, labels);
  }
}
