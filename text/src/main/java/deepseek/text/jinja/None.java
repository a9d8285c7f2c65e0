package deepseek.text.jinja;

/** Python's {@code None}: a separate value, so that expressions never evaluate to null. */
enum None {
  NONE
}
