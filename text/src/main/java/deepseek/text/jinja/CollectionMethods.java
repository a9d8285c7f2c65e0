package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Methods of dicts and lists; mutating ones are rejected, as in transformers. */
final class CollectionMethods {
  private final Budget budget;

  CollectionMethods(Budget budget) {
    this.budget = budget;
  }

  Optional<Callable> of(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" -> Optional.of(args -> items(map));
      case "keys" -> Optional.of(args -> copy(map.keySet()));
      case "values" -> Optional.of(args -> copy(map.values()));
      case "copy" ->
          Optional.of(
              args -> {
                budget.objects(map.size());
                return new LinkedHashMap<>(map);
              });
      case "get" ->
          Optional.of(
              args -> {
                Object value = map.get(Values.key(args.require(0, "key")));
                return value == null ? args.get(1, "default", None.NONE) : value;
              });
      case "clear", "pop", "popitem", "setdefault", "update" -> Optional.of(refused(name));
      default -> Optional.empty();
    };
  }

  private List<Object> copy(Collection<?> values) {
    budget.items(values.size());
    return new ArrayList<>(values);
  }

  List<Object> items(Map<?, ?> map) {
    budget.objects(map.size());
    List<Object> items = new ArrayList<>(map.size());
    map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
    return items;
  }

  Optional<Callable> of(List<?> list, String name) {
    return switch (name) {
      case "copy" -> Optional.of(args -> copy(list));
      case "count" ->
          Optional.of(
              args -> {
                Object item = args.require(0, "value");
                return list.stream().filter(other -> Values.equal(other, item, budget)).count();
              });
      case "index" -> Optional.of(args -> index(list, args.require(0, "value")));
      case "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort" ->
          Optional.of(refused(name));
      default -> Optional.empty();
    };
  }

  private Object index(List<?> list, Object item) {
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), item, budget)) {
        return (long) i;
      }
    }
    throw new Failure("the list has no such item");
  }

  private static Callable refused(String name) {
    return args -> {
      throw new Failure("." + name + "() would change a value, which templates must not");
    };
  }
}
