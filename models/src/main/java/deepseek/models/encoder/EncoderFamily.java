package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.Families;
import deepseek.nn.Parameters;

/** A family of encoders: the model types it covers and how one is made. */
public interface EncoderFamily extends Families.Family {
  /**
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible, or
   *     config and checkpoint contradict each other
   */
  Encoder build(ConfigJson config, Parameters checkpoint);
}
