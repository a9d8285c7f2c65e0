package deepseek.files;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a file says of itself, as values under keys. A key that is absent gives an empty result; a
 * key whose value has another type is an error that names both.
 */
public interface KeyValues {
  boolean has(String key);

  Optional<String> text(String key);

  OptionalLong whole(String key);

  Optional<Boolean> flag(String key);

  /** An array of texts; none if the key is absent. */
  List<String> texts(String key);

  /** An array of whole numbers, or one number as an array of one; none if the key is absent. */
  long[] wholes(String key);

  /** An array of floats; none if the key is absent. */
  float[] reals(String key);
}
