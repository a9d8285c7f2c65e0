package deepseek.text.jinja;

/** An object of the interpreter's own with attributes that a template may read. */
interface Attributes {
  /** As error messages call it. */
  String type();

  /** {@link Undefined} where there is no such attribute. */
  Object get(String name);
}
