package deepseek.text.jinja;

/**
 * The value of an undefined name or key: an empty string when printed, false as a condition, an
 * error in any other use.
 *
 * @param hint names what was looked up: {@code 'x' is undefined}
 */
record Undefined(String hint) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }
}
