package deepseek.text.tokenizer;

import java.util.Arrays;

/**
 * Text of ids that arrive one by one: each {@link #push} returns what became certain, so that the
 * pieces joined, with {@link #flush}, are {@link Tokenizer#decode(int...)} of all ids.
 *
 * <p>A character whose bytes are spread over tokens is held back until it is whole. Only a short
 * window is decoded again at each step: the ids of the last piece, which decide on leading spaces,
 * and those not yet shown. Not thread-safe; one per stream.
 */
public final class StreamDecoder {
  private static final String INCOMPLETE = "\uFFFD";

  /** A model that babbles invalid bytes gets its U+FFFDs shown after so many tokens. */
  private static final int PATIENCE = 64;

  private final Tokenizer tokenizer;
  private int[] window = new int[16];
  private int length;

  /** How many ids of the window were shown already. */
  private int shown;

  StreamDecoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that {@code id} completes; empty while a character is incomplete. */
  public String push(int id) {
    tokenizer.checkId(id);
    // Skipped here, not when decoding: the window must hold what decides on spaces.
    if (tokenizer.isSpecial(id)) {
      return "";
    }
    if (length == window.length) {
      window = Arrays.copyOf(window, 2 * length);
    }
    window[length++] = id;
    String text = text(length);
    if (text.endsWith(INCOMPLETE) && length - shown < PATIENCE) {
      return "";
    }
    return show(text);
  }

  /** What is still held back: a character left incomplete appears as U+FFFD. */
  public String flush() {
    String rest = show(text(length));
    length = 0;
    shown = 0;
    return rest;
  }

  private String show(String text) {
    String before = text(shown);
    // Decoders that clean up spaces may rewrite what was shown; that can't be taken back.
    String news = text.length() > before.length() ? text.substring(before.length()) : "";
    if (!news.isEmpty()) {
      System.arraycopy(window, shown, window, 0, length - shown);
      length -= shown;
      shown = length;
    }
    return news;
  }

  private String text(int count) {
    return count == 0 ? "" : tokenizer.decode(Arrays.copyOf(window, count));
  }
}
