package deepseek.store.tokenizer;

import deepseek.store.StoreException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Typed access to the {@code tokenizer.*} keys of a GGUF file; a wrong type is an error. */
final class GgufMetadata {
  static final String OPERATION = "read the tokenizer of a GGUF file";
  private final Map<String, ?> values;

  GgufMetadata(Map<String, ?> values) {
    this.values = values;
  }

  Optional<String> text(String key) {
    Object value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text) {
      return Optional.of(text);
    }
    throw mismatch(key, "a string", value);
  }

  boolean flag(String key, boolean whenAbsent) {
    Object value = values.get(key);
    if (value == null) {
      return whenAbsent;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw mismatch(key, "a boolean", value);
  }

  OptionalInt id(String key) {
    Object value = values.get(key);
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value instanceof Number number) {
      long id = number.longValue();
      // 0xFFFFFFFF stands for "none" in files of llama.cpp.
      return id >= 0 && id < Integer.MAX_VALUE ? OptionalInt.of((int) id) : OptionalInt.empty();
    }
    throw mismatch(key, "a number", value);
  }

  /** Strings of a list or array; empty if the key is absent. */
  List<String> texts(String key) {
    List<?> list = list(key);
    List<String> texts = new ArrayList<>(list.size());
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw mismatch(key, "strings only", item);
      }
      texts.add(text);
    }
    return texts;
  }

  /** Numbers of a list or array; empty if the key is absent. */
  double[] numbers(String key) {
    List<?> list = list(key);
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(list.get(i) instanceof Number number)) {
        throw mismatch(key, "numbers only", list.get(i));
      }
      numbers[i] = number.doubleValue();
    }
    return numbers;
  }

  private List<?> list(String key) {
    Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    if (!value.getClass().isArray()) {
      throw mismatch(key, "a list", value);
    }
    int length = Array.getLength(value);
    List<Object> list = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      list.add(Array.get(value, i));
    }
    return list;
  }

  private static StoreException mismatch(String key, String expected, @Nullable Object got) {
    return new StoreException(
        OPERATION,
        expected + " under " + key,
        got == null ? "nothing" : got.getClass().getSimpleName(),
        "convert the model again");
  }
}
