package deepseek.text.jinja;

/**
 * One token of a template.
 *
 * @param text the literal text, name, operator or (decoded) string
 * @param line the line of its beginning, from 1
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    /** Text between tags. */
    DATA,
    OUTPUT_BEGIN,
    OUTPUT_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind expected, String expectedText) {
    return kind == expected && text.equals(expectedText);
  }

  boolean isName(String name) {
    return is(Kind.NAME, name);
  }

  boolean isOperator(String operator) {
    return is(Kind.OPERATOR, operator);
  }

  /** Its description in error messages. */
  String describe() {
    return switch (kind) {
      case DATA -> "text";
      case OUTPUT_BEGIN -> "{{";
      case OUTPUT_END -> "}}";
      case BLOCK_BEGIN -> "{%";
      case BLOCK_END -> "%}";
      case END -> "the end of the template";
      case STRING -> "a string";
      case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
    };
  }
}
