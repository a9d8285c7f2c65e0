package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.nn.Parameters;
import java.util.List;

/** A family of encoders: the model types it covers and how one is made. */
public interface EncoderFamily {
  /** {@code model_type} values of config.json. */
  List<String> modelTypes();

  /**
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible, or
   *     config and checkpoint contradict each other
   */
  Encoder build(ConfigJson config, Parameters checkpoint);
}
