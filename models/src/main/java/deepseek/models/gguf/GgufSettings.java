package deepseek.models.gguf;

import deepseek.models.ModelException;
import deepseek.store.gguf.GgufMetadata;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The numbers that a file gives under its architecture's name, each held against what it can be.
 *
 * @param prefix {@code llama.}, say; keys are named from there
 */
record GgufSettings(String fileName, String prefix, GgufMetadata metadata) {
  /** A number from 1. */
  int size(String key) {
    return within(key, metadata.requireWhole(prefix + key), 1);
  }

  Optional<Integer> optionalSize(String key) {
    return has(key) ? Optional.of(size(key)) : Optional.empty();
  }

  /** A number; 0 where the key is absent. */
  int count(String key) {
    return within(key, metadata.whole(prefix + key).orElse(0), 0);
  }

  /** A size that a file may list for each layer: all of them have the same here. */
  int sizeOfLayers(String key) {
    if (!metadata.isArray(prefix + key)) {
      return size(key);
    }
    long[] each = metadata.wholes(prefix + key);
    if (each.length != size("block_count")) {
      throw wrong(key, "one number for each of the layers", each.length + " of them");
    }
    for (long one : each) {
      if (one != each[0]) {
        throw wrong(key, "the same number for all layers", shortened(each));
      }
    }
    return within(key, each[0], 1);
  }

  private static String shortened(long[] each) {
    String text = Arrays.toString(each);
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }

  private int within(String key, long value, int least) {
    if (value < least || value > Integer.MAX_VALUE) {
      throw wrong(
          key, "a whole number from " + least + " to " + Integer.MAX_VALUE, String.valueOf(value));
    }
    return (int) value;
  }

  /** Stored as a float; by its shortest decimal form, 1.0E-5 and not 9.999999747378752E-6. */
  OptionalDouble real(String key) {
    OptionalDouble value = metadata.real(prefix + key);
    if (value.isEmpty()) {
      return value;
    }
    if (!Double.isFinite(value.getAsDouble())) {
      throw wrong(key, "a finite number", String.valueOf(value.getAsDouble()));
    }
    float narrow = (float) value.getAsDouble();
    return Float.isFinite(narrow)
        ? OptionalDouble.of(Double.parseDouble(Float.toString(narrow)))
        : value;
  }

  double requireReal(String key) {
    return real(key).orElseThrow(() -> wrong(key, "a number", "no such key"));
  }

  boolean flag(String key) {
    return metadata.flag(prefix + key).orElse(false);
  }

  Optional<String> text(String key) {
    return metadata.text(prefix + key);
  }

  boolean has(String key) {
    return metadata.has(prefix + key);
  }

  /** Refuses a number other than those that are known here; absent is right. */
  void requireOneOf(String key, List<Double> known, String remedy) {
    OptionalDouble got = real(key);
    if (got.isPresent() && !known.contains(got.getAsDouble())) {
      throw new ModelException(
          "open " + fileName,
          prefix + key + " to be one of " + known,
          String.valueOf(got.getAsDouble()),
          remedy);
    }
  }

  ModelException wrong(String key, String expected, String got) {
    return new ModelException(
        "open " + fileName,
        prefix + key + " to be " + expected,
        got,
        "convert the model to GGUF again with a current converter");
  }
}
