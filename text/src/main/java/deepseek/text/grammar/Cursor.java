package deepseek.text.grammar;

import deepseek.files.DataException;

/** Reads the code points of a grammar's text. */
final class Cursor {
  private static final int MAX_REPEAT = 1_000_000;

  private final String operation;
  private final String text;
  private int offset;

  /**
   * @param operation for the errors
   */
  Cursor(String operation, String text) {
    this.operation = operation;
    this.text = text;
  }

  boolean atEnd() {
    return offset == text.length();
  }

  int offset() {
    return offset;
  }

  String since(int from) {
    return text.substring(from, offset);
  }

  /** The next code point, or -1 at the end. */
  int peek() {
    return atEnd() ? -1 : text.codePointAt(offset);
  }

  /** The UTF-16 unit so many units from here, or -1 beyond the end. */
  int peek(int ahead) {
    return offset + ahead < text.length() ? text.charAt(offset + ahead) : -1;
  }

  int next() {
    if (atEnd()) {
      throw unexpected("more text");
    }
    int c = text.codePointAt(offset);
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      throw unexpected("characters of Unicode", "an unpaired surrogate");
    }
    offset += Character.charCount(c);
    return c;
  }

  boolean take(int c) {
    boolean found = peek() == c;
    offset += found ? Character.charCount(c) : 0;
    return found;
  }

  boolean take(String expected) {
    boolean found = text.startsWith(expected, offset);
    offset += found ? expected.length() : 0;
    return found;
  }

  void expect(String expected) {
    if (!take(expected)) {
      throw unexpected("'" + expected + "'");
    }
  }

  /** The code point of so many hexadecimal digits. */
  int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0 || peek() > 'f') {
        throw unexpected(digits + " hexadecimal digits");
      }
      next();
      value = value << 4 | digit;
    }
    if (!Character.isValidCodePoint(value)) {
      throw unexpected("a code point of Unicode", "U+" + Integer.toHexString(value));
    }
    return value;
  }

  /** A decimal number of a quantifier. */
  int number() {
    int from = offset;
    int value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + next() - '0';
      if (value > MAX_REPEAT) {
        throw unexpected("at most " + MAX_REPEAT + " repetitions", "more");
      }
    }
    if (offset == from) {
      throw unexpected("a number");
    }
    return value;
  }

  Expression repeat(Expression body, int min, int max) {
    if (max < min) {
      throw unexpected("at most as many repetitions as at least", "{" + min + "," + max + "}");
    }
    return new Expression.Repeat(body, min, max);
  }

  DataException unexpected(String expected) {
    return unexpected(expected, atEnd() ? "the end" : "'" + Character.toString(peek()) + "'");
  }

  DataException unexpected(String expected, String got) {
    return new DataException(
        operation, expected, got + " at character " + offset, "correct the grammar");
  }
}
