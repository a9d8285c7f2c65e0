package deepseek.text.jinja;

import java.util.AbstractList;
import java.util.List;

/** A Python tuple: a list that prints with parentheses and equals only tuples. */
final class Tuple extends AbstractList<Object> {
  private final List<Object> items;
  private final List<String> names;

  Tuple(List<Object> items) {
    this(items, List.of());
  }

  /** A named tuple. */
  Tuple(List<Object> items, List<String> names) {
    this.items = items;
    this.names = names;
  }

  @Override
  public Object get(int index) {
    return items.get(index);
  }

  @Override
  public int size() {
    return items.size();
  }

  Object get(String name) {
    int index = names.indexOf(name);
    return index < 0 ? new Undefined("tuple has no '" + name + "'") : items.get(index);
  }
}
