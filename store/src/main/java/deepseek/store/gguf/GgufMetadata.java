package deepseek.store.gguf;

import deepseek.files.DataException;
import deepseek.files.KeyValues;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** The key-value pairs of a GGUF file. */
public final class GgufMetadata implements KeyValues {
  private final String fileName;
  private final Map<String, Object> values;
  private final Map<String, MemorySegment> stored;

  /**
   * @param stored type and value in the file's encoding
   * @param values Long, BigInteger (beyond 2^63), Double, Boolean, String; for arrays WholeList,
   *     float[], double[], TextList, List
   */
  GgufMetadata(String fileName, Map<String, Object> values, Map<String, MemorySegment> stored) {
    this.fileName = fileName;
    this.values = values;
    this.stored = stored;
  }

  /** Type and value of each key in the file's encoding, valid while the file is open. */
  Map<String, MemorySegment> stored() {
    return stored;
  }

  /** The keys in file order. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  @Override
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** Whether the value is an array. */
  public boolean isArray(String key) {
    return switch (values.get(key)) {
      case WholeList array -> true;
      case float[] array -> true;
      case double[] array -> true;
      case TextList array -> true;
      case List<?> array -> true;
      case null, default -> false;
    };
  }

  @Override
  public Optional<String> text(String key) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      case Object other -> throw wrong(key, "text", other);
    };
  }

  /**
   * A string.
   *
   * @throws DataException if the key is absent or the value has another type
   */
  public String requireText(String key) {
    return text(key).orElseThrow(() -> absent(key, "text"));
  }

  @Override
  public OptionalLong whole(String key) {
    return switch (values.get(key)) {
      case null -> OptionalLong.empty();
      case Long whole -> OptionalLong.of(whole);
      case Object other -> throw wrong(key, "a whole number below 2^63", other);
    };
  }

  /**
   * An integer.
   *
   * @throws DataException if the key is absent or the value has another type
   */
  public long requireWhole(String key) {
    return whole(key).orElseThrow(() -> absent(key, "a whole number"));
  }

  /** An integer or floating-point number. */
  public OptionalDouble real(String key) {
    return switch (values.get(key)) {
      case null -> OptionalDouble.empty();
      case Number number -> OptionalDouble.of(number.doubleValue());
      case Object other -> throw wrong(key, "a number", other);
    };
  }

  @Override
  public Optional<Boolean> flag(String key) {
    return switch (values.get(key)) {
      case null -> Optional.empty();
      case Boolean flag -> Optional.of(flag);
      case Object other -> throw wrong(key, "true or false", other);
    };
  }

  @Override
  public List<String> texts(String key) {
    return switch (values.get(key)) {
      case null -> List.of();
      case TextList texts -> texts.values();
      case Object other -> throw wrong(key, "an array of texts", other);
    };
  }

  @Override
  public long[] wholes(String key) {
    return switch (values.get(key)) {
      case null -> new long[0];
      case Long whole -> new long[] {whole};
      case WholeList wholes -> wholes.toLongs();
      case Object other -> throw wrong(key, "an array of whole numbers", other);
    };
  }

  /** An array of bytes, such as a packed table; empty if the key is absent. */
  public byte[] bytes(String key) {
    return switch (values.get(key)) {
      case null -> new byte[0];
      case WholeList wholes when wholes.type.minBytes() == 1 -> wholes.toBytes();
      case Object other -> throw wrong(key, "an array of bytes", other);
    };
  }

  @Override
  public float[] reals(String key) {
    return switch (values.get(key)) {
      case null -> new float[0];
      case float[] reals -> reals.clone();
      case double[] reals -> {
        float[] narrowed = new float[reals.length];
        for (int i = 0; i < reals.length; i++) {
          narrowed[i] = (float) reals[i];
        }
        yield narrowed;
      }
      case Object other -> throw wrong(key, "an array of floats", other);
    };
  }

  /** A human-readable form of a value, in which arrays are shown by their length. */
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

  private DataException wrong(String key, String expected, Object value) {
    return new DataException(
        "read " + key + " of " + fileName,
        expected,
        show(value),
        "convert the model to GGUF again with a current converter");
  }

  private DataException absent(String key, String expected) {
    return new DataException(
        "read " + key + " of " + fileName,
        expected,
        "no such key",
        "convert the model to GGUF again with a current converter");
  }

  /** A type of its own, to distinguish it from nested arrays. */
  record TextList(List<String> values) {}

  /**
   * Integers in the file's encoding, since bytes widened to longs would take eight times the
   * memory.
   */
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
