package deepseek.files;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file's metadata as key-value pairs. An absent key gives an empty result; a value of another
 * type is an error that names both types.
 */
public interface KeyValues {
  /** Whether the key is present. */
  boolean has(String key);

  /** A string. */
  Optional<String> text(String key);

  /** An integer. */
  OptionalLong whole(String key);

  /** A boolean. */
  Optional<Boolean> flag(String key);

  /** An array of strings; empty if the key is absent. */
  List<String> texts(String key);

  /** An array of integers, or a single integer as an array of one; empty if the key is absent. */
  long[] wholes(String key);

  /** An array of floats; empty if the key is absent. */
  float[] reals(String key);
}
