package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import java.util.List;

/** A family of decoders: the model types it covers and how their config is read. */
public interface DecoderFamily {
  /** {@code model_type} values of config.json. */
  List<String> modelTypes();

  /**
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible
   */
  Architecture read(ConfigJson config);
}
