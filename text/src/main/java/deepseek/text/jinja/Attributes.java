package deepseek.text.jinja;

/** A built-in object with attributes that a template may read. */
interface Attributes {
  /** The type's name in error messages. */
  String type();

  /** The attribute's value, or {@link Undefined}. */
  Object get(String name);
}
