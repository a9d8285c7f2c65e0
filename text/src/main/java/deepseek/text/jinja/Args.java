package deepseek.text.jinja;

import java.util.List;
import java.util.Map;

/** Evaluated arguments of a call. */
record Args(List<Object> positional, Map<String, Object> named) {
  static final Args NONE = new Args(List.of(), Map.of());

  static Args of(Object... values) {
    return new Args(List.of(values), Map.of());
  }

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  Object get(int index, String name, Object preset) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    Object value = named.get(name);
    return value == null ? preset : value;
  }

  Object require(int index, String name) {
    if (!has(index, name)) {
      throw new Failure("an argument is missing: " + name);
    }
    return get(index, name, None.NONE);
  }

  Str text(int index, String name) {
    return Values.text(require(index, name), name);
  }

  Str text(int index, String name, String preset) {
    return has(index, name) ? text(index, name) : Str.of(preset);
  }

  /** A string that is only compared or searched for, so that its origin doesn't matter. */
  String chars(int index, String name) {
    return text(index, name).chars();
  }

  long whole(int index, String name, long preset) {
    return has(index, name) ? Values.whole(require(index, name), name) : preset;
  }

  boolean flag(int index, String name, boolean preset) {
    return Values.truthy(get(index, name, preset));
  }

  /** The arguments after the first {@code count}. */
  Args without(int count) {
    return new Args(
        positional.subList(Math.min(count, positional.size()), positional.size()), named);
  }
}
