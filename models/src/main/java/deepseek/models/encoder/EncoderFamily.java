package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.Families;
import deepseek.nn.Parameters;

/** A family of encoders: the model types it covers and how one is made. */
public interface EncoderFamily extends Families.Family {
  /**
   * Makes the encoder alone.
   *
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible, or
   *     config and checkpoint contradict each other
   */
  Encoder build(ConfigJson config, Parameters checkpoint);

  /**
   * Makes the head that classifies whole texts, for this many labels.
   *
   * @throws deepseek.models.ModelException when the checkpoint has none, or for another number
   */
  ClassificationHead head(ConfigJson config, Parameters checkpoint, int labels);
}
