package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.models.Families;

/** A family of decoders: the model types it covers and how their config is read. */
public interface DecoderFamily extends Families.Family {
  /**
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible
   */
  Architecture read(ConfigJson config);
}
