package deepseek.models;

import java.util.Locale;

/** How a model keeps the keys and values of the tokens it has seen. */
public enum KvCacheType {
  /** In the model's dtype. */
  MODEL,
  /** Values in 8 bits, keys in 9, with a float16 scale for each 32; by our own CPU kernels only. */
  INT8;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
