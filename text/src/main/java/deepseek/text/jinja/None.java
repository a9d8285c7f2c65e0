package deepseek.text.jinja;

/** Python's {@code None}: a value of its own, so that no null ever meets an expression. */
enum None {
  NONE
}
