package deepseek.store.gguf;

import deepseek.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The key-value pairs of a GGUF file. A key that is absent gives an empty result; a key whose value
 * has another type is an error that names both.
 */
public final class GgufMetadata {
  private final String fileName;
  private final Map<String, Object> values;

  /**
   * @param values Long, BigInteger (beyond 2^63), Double, Boolean, String; for arrays WholeList,
   *     float[], double[], TextList, List
   */
  GgufMetadata(String fileName, Map<String, Object> values) {
    this.fileName = fileName;
    this.values = values;
  }

  /** Keys in the order of the file. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  public Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key))
        .map(value -> value instanceof String text ? text : wrong(key, "text", value));
  }

  public String requireText(String key) {
    return text(key).orElseThrow(() -> absent(key, "text"));
  }

  public OptionalLong whole(String key) {
    Object value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        value instanceof Long whole ? whole : wrong(key, "a whole number below 2^63", value));
  }

  public long requireWhole(String key) {
    return whole(key).orElseThrow(() -> absent(key, "a whole number"));
  }

  /** A number, whole or not. */
  public OptionalDouble real(String key) {
    Object value = values.get(key);
    if (value == null) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        value instanceof Number number ? number.doubleValue() : wrong(key, "a number", value));
  }

  public Optional<Boolean> flag(String key) {
    return Optional.ofNullable(values.get(key))
        .map(value -> value instanceof Boolean flag ? flag : wrong(key, "true or false", value));
  }

  /** An array of texts; none if the key is absent. */
  public List<String> texts(String key) {
    Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof TextList texts) {
      return texts.values();
    }
    return wrong(key, "an array of texts", value);
  }

  /** An array of whole numbers, or one number as an array of one; none if the key is absent. */
  public long[] wholes(String key) {
    Object value = values.get(key);
    return switch (value) {
      case null -> new long[0];
      case Long whole -> new long[] {whole};
      case WholeList wholes -> wholes.toLongs();
      default -> wrong(key, "an array of whole numbers", value);
    };
  }

  /** An array of single bytes, such as a packed table; none if the key is absent. */
  public byte[] bytes(String key) {
    Object value = values.get(key);
    return switch (value) {
      case null -> new byte[0];
      case WholeList wholes when wholes.type.minBytes() == 1 -> wholes.toBytes();
      default -> wrong(key, "an array of bytes", value);
    };
  }

  /** An array of floats; none if the key is absent. */
  public float[] reals(String key) {
    Object value = values.get(key);
    return switch (value) {
      case null -> new float[0];
      case float[] reals -> reals.clone();
      case double[] reals -> {
        float[] narrowed = new float[reals.length];
        for (int i = 0; i < reals.length; i++) {
          narrowed[i] = (float) reals[i];
        }
        yield narrowed;
      }
      default -> wrong(key, "an array of floats", value);
    };
  }

  /** A value as a person reads it: arrays by their length. */
  public String describe(String key) {
    Object value = values.get(key);
    return value == null ? "absent" : show(value);
  }

  private static String show(Object value) {
    return switch (value) {
      case WholeList array -> "array of " + array.size() + " whole numbers";
      case float[] array -> "array of " + array.length + " floats";
      case double[] array -> "array of " + array.length + " floats";
      case TextList array -> "array of " + array.values().size() + " texts";
      case List<?> array -> "array of " + array.size() + " arrays";
      default -> String.valueOf(value);
    };
  }

  private <T> T wrong(String key, String expected, Object value) {
    throw new StoreException(
        "read " + key + " of " + fileName,
        expected,
        show(value),
        "convert the model to GGUF again with a current converter");
  }

  private StoreException absent(String key, String expected) {
    return new StoreException(
        "read " + key + " of " + fileName,
        expected,
        "no such key",
        "convert the model to GGUF again with a current converter");
  }

  /** Told apart from nested arrays by its own type. */
  record TextList(List<String> values) {}

  /** Kept as the file has it: a byte array widened to longs would be eight times its size. */
  static final class WholeList {
    private final GgufValueType type;
    private final byte[] raw;

    WholeList(GgufValueType type, byte[] raw) {
      this.type = type;
      this.raw = raw;
    }

    int size() {
      return raw.length / type.minBytes();
    }

    long[] toLongs() {
      GgufCursor cursor = new GgufCursor("read an array", MemorySegment.ofArray(raw));
      long[] values = new long[size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = cursor.whole(type);
      }
      return values;
    }

    byte[] toBytes() {
      return raw.clone();
    }
  }
}
