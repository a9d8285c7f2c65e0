package deepseek.models;

/** Whether packed weights are kept in a file, which the next start maps instead of packing. */
public enum PackedFiles {
  /** In a file beside the model, or in the cache folder where that can't be written. */
  KEEP,
  /** Only in memory, anew in each process. */
  OFF;

  /** {@link #OFF} where {@code DEEPSEEK_PACKED=off} is set. */
  public static PackedFiles fromEnvironment() {
    return "off".equals(System.getenv("DEEPSEEK_PACKED")) ? OFF : KEEP;
  }
}
