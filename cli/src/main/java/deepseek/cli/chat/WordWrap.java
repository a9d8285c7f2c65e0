package deepseek.cli.chat;

import java.util.function.Consumer;
import org.jline.utils.WCWidth;

/**
 * Breaks text that comes in pieces between words, where the terminal would break it at its last
 * column. A word is held back until it has ended.
 */
final class WordWrap {
  private final int columns;
  private final Consumer<String> to;
  private final StringBuilder word = new StringBuilder();
  private int wordWidth;
  private int column;

  /** Whether the word began on the screen already, because no line has room for it. */
  private boolean isWithinWord;

  /** Text goes to {@code to}, in lines of at most {@code columns}, longer words apart. */
  WordWrap(int columns, Consumer<String> to) {
    this.columns = columns;
    this.to = to;
  }

  void write(String piece) {
    piece.codePoints().forEach(this::write);
  }

  private void write(int letter) {
    if (letter == '\n') {
      flush();
      to.accept("\n");
      column = 0;
    } else if (Character.isWhitespace(letter)) {
      flush();
      if (column < columns) { // else the line's end stands for it
        to.accept(Character.toString(letter));
        column++;
      }
    } else {
      word.appendCodePoint(letter);
      wordWidth += Math.max(0, WCWidth.wcwidth(letter));
      if (wordWidth >= columns) {
        flush();
        isWithinWord = true;
      }
    }
  }

  /** Writes what is held back; the text has ended. */
  void flush() {
    if (word.isEmpty()) {
      isWithinWord = false;
      return;
    }
    if (column > 0 && column + wordWidth > columns && !isWithinWord) {
      to.accept("\n");
      column = 0;
    }
    to.accept(word.toString());
    column = (column + wordWidth - 1) % columns + 1; // a full line is broken by the next letter
    isWithinWord = false;
    word.setLength(0);
    wordWidth = 0;
  }
}
