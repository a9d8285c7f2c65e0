package deepseek.models;

import java.util.Optional;

/** Whether packed weights are kept in a file, which the next start maps instead of packing. */
public enum PackedFiles {
  /** In a file next to the model, or in the cache folder where that can't be written. */
  KEEP,
  /** In a file in the cache folder. */
  CACHE,
  /** Only in memory, anew in each process. */
  OFF;

  private static final String VARIABLE = "DEEPSEEK_PACKED";

  /** What {@code DEEPSEEK_PACKED} says: on, cache or off; {@link #KEEP} without it. */
  public static PackedFiles fromEnvironment() {
    return named(Optional.ofNullable(System.getenv(VARIABLE)).orElse(""));
  }

  static PackedFiles named(String name) {
    return switch (name) {
      case "", "on" -> KEEP;
      case "cache" -> CACHE;
      case "off" -> OFF;
      default ->
          throw new ModelException(
              "read " + VARIABLE,
              "on, cache or off",
              "'" + name + "'",
              "unset it to keep packed files beside their models");
    };
  }
}
