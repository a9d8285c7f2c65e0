package deepseek.text.grammar;

import java.util.BitSet;
import java.util.stream.IntStream;

/** The tokens that may come next; immutable. */
public final class TokenMask {
  private final long[] words;

  /** Takes ownership of the words. */
  TokenMask(long[] words) {
    this.words = words;
  }

  /** Whether the token is allowed; never one beyond the vocabulary. */
  public boolean allows(int id) {
    return id >= 0 && id >> 6 < words.length && (words[id >> 6] >>> id & 1) != 0;
  }

  /**
   * Whether no token is allowed, because the text was not the beginning of any text of the grammar
   * or the vocabulary has no token that continues it.
   */
  public boolean isEmpty() {
    for (long word : words) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /** How many tokens are allowed. */
  public int count() {
    int count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** The allowed ids, ascending. */
  public IntStream ids() {
    return BitSet.valueOf(words).stream();
  }

  /** Sets the logits of all other tokens to negative infinity. */
  public void apply(float[] logits) {
    for (int from = 0; from < logits.length; from += Long.SIZE) {
      long word = from >> 6 < words.length ? words[from >> 6] : 0;
      int to = Math.min(from + Long.SIZE, logits.length);
      for (int id = from; word != -1 && id < to; id++) {
        if ((word >>> id & 1) == 0) {
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }
}
