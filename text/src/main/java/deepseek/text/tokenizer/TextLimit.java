package deepseek.text.tokenizer;

import deepseek.files.DataException;

/**
 * The maximum length of a tokenizer's texts: longer ones would overflow the native library's 32-bit
 * lengths or exceed the steps of its regular expressions, see {@link RegexCost}.
 *
 * @param chars the longest text
 * @param stretch the longest run of spaces, or without spaces
 */
record TextLimit(int chars, int stretch) {
  static final int MAX_CHARS = 1 << 26;
  static final TextLimit NONE = new TextLimit(MAX_CHARS, MAX_CHARS);

  /** Throws for texts that are too long, or that can't be encoded as UTF-8. */
  void check(String text) {
    if (text.length() > chars) {
      throw tooLong("at most " + chars + " chars", Integer.toString(text.length()));
    }
    int unpaired = unpairedSurrogate(text);
    if (unpaired >= 0) {
      throw new DataException(
          "encode text",
          "well-formed Unicode",
          String.format(
              "an unpaired surrogate U+%04X at char %d", (int) text.charAt(unpaired), unpaired),
          "decode the bytes as UTF-8 before encoding them");
    }
    if (text.length() > stretch) {
      checkStretches(text);
    }
  }

  private void checkStretches(String text) {
    int begin = 0;
    for (int i = 0; i < text.length(); i++) {
      if (RegexCost.isSpace(text.charAt(i)) != RegexCost.isSpace(text.charAt(begin))) {
        begin = i;
      }
      if (i - begin >= stretch) {
        throw tooLong(
            "at most " + stretch + " chars between a space and the next",
            "a longer stretch at char " + begin);
      }
    }
  }

  /** The index of an unpaired surrogate, or -1. */
  static int unpairedSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }

  private static DataException tooLong(String expected, String got) {
    return new DataException("encode text", expected, got, "split the text");
  }
}
