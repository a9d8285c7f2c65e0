package deepseek.text.jinja;

import java.util.List;

/** {@code cycler(…)}: cycles through values. */
final class Cycler implements Attributes {
  private final List<Object> items;
  private int place;

  Cycler(List<Object> items) {
    if (items.isEmpty()) {
      throw new Failure("cycler needs values");
    }
    this.items = items;
  }

  @Override
  public String type() {
    return "cycler";
  }

  @Override
  public Object get(String name) {
    return switch (name) {
      case "current" -> items.get(place);
      case "next" -> (Callable) args -> next();
      case "reset" -> (Callable) args -> reset();
      default -> new Undefined("cycler has no '" + name + "'");
    };
  }

  private Object next() {
    Object current = items.get(place);
    place = (place + 1) % items.size();
    return current;
  }

  private Object reset() {
    place = 0;
    return None.NONE;
  }
}
