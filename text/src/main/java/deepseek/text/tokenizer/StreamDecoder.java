package deepseek.text.tokenizer;

import java.util.Arrays;

/**
 * Incremental decoding: each {@link #push} returns the text that is final, so that the concatenated
 * pieces, with {@link #flush}, equal {@link Tokenizer#decode(int...)} of all ids.
 *
 * <p>A character whose bytes are spread over several tokens is held back until it is complete. Only
 * a short window is decoded again at each step: the ids of the last piece, which determine leading
 * spaces, and those not yet returned. Not thread-safe; one per stream.
 */
public final class StreamDecoder {
  private static final String INCOMPLETE = "\uFFFD";

  /** After this many tokens of invalid bytes, U+FFFD is returned for them. */
  private static final int PATIENCE = 64;

  private final Tokenizer tokenizer;
  private int[] window = new int[16];
  private int length;

  /** How many ids of the window have been returned. */
  private int shown;

  StreamDecoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that {@code id} completes; empty while a character is incomplete. */
  public String push(int id) {
    tokenizer.checkId(id);
    // Skipped here, not when decoding: the window must contain the ids that determine spaces.
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

  /** The rest of the text, with U+FFFD for an incomplete character. */
  public String flush() {
    String rest = show(text(length));
    length = 0;
    shown = 0;
    return rest;
  }

  private String show(String text) {
    String before = text(shown);
    // Decoders that clean up spaces may change text that has already been returned.
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
