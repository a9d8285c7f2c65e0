package deepseek.models;

import java.util.Optional;

/** Whether packed weights are kept in a file, which the next start maps instead of packing. */
public enum PackedFiles {
  /** In a file beside the model, or in the cache folder where that can't be written. */
  KEEP,
  /** Only in memory, anew in each process. */
  OFF;

  private static final String VARIABLE = "DEEPSEEK_PACKED";

  /** {@link #OFF} where {@code DEEPSEEK_PACKED=off} is set. */
  public static PackedFiles fromEnvironment() {
    return named(Optional.ofNullable(System.getenv(VARIABLE)).orElse(""));
  }

  static PackedFiles named(String name) {
    return switch (name) {
      case "", "on" -> KEEP;
      case "off" -> OFF;
      default ->
          throw new ModelException(
              "read " + VARIABLE, "on or off", "'" + name + "'", "unset it to keep packed files");
    };
  }
}
