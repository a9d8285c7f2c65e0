package deepseek.text.jinja;

/**
 * What a name or key that isn't there gives: empty as text, false as a condition, an error in any
 * other use.
 *
 * @param hint says what was looked up: {@code 'x' is undefined}
 */
record Undefined(String hint) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }
}
