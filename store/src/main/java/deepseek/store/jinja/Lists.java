package deepseek.store.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Filters that walk the items of a value. */
final class Lists {
  private final Budget budget;
  private final Lookup lookup;
  private final Filters filters;

  Lists(Budget budget, Lookup lookup, Filters filters) {
    this.budget = budget;
    this.lookup = lookup;
    this.filters = filters;
  }

  Optional<Object> apply(String name, Object value, Args args) {
    return whole(name, value, args)
        .or(() -> chosen(name, value, args))
        .or(() -> ordered(name, value, args));
  }

  private Optional<Object> whole(String name, Object value, Args args) {
    return switch (name) {
      case "list" -> Optional.of(copy(value));
      case "first" -> Optional.of(edge(value, true));
      case "last" -> Optional.of(edge(value, false));
      case "join" -> Optional.of(join(value, args));
      case "map" -> Optional.of(map(value, args));
      case "sum" -> Optional.of(sum(value, args));
      case "batch" -> Optional.of(batch(value, args));
      case "slice" -> Optional.of(slices(value, args));
      case "reverse" ->
          Optional.of(
              value instanceof String text
                  ? lookup.slice(text, None.NONE, None.NONE, -1L)
                  : copy(value).reversed());
      default -> Optional.empty();
    };
  }

  private Optional<Object> chosen(String name, Object value, Args args) {
    return switch (name) {
      case "select" -> Optional.of(keep(value, test(args)));
      case "reject" -> Optional.of(keep(value, test(args).negate()));
      case "selectattr" -> Optional.of(keep(value, attributeTest(args)));
      case "rejectattr" -> Optional.of(keep(value, attributeTest(args).negate()));
      case "unique" -> Optional.of(unique(value, args));
      default -> Optional.empty();
    };
  }

  private Optional<Object> ordered(String name, Object value, Args args) {
    return switch (name) {
      case "sort" -> Optional.of(sort(value, args));
      case "dictsort" -> Optional.of(dictSort(value, args));
      case "groupby" -> Optional.of(groupBy(value, args));
      case "min" -> Optional.of(extreme(value, args, -1));
      case "max" -> Optional.of(extreme(value, args, 1));
      default -> Optional.empty();
    };
  }

  private List<Object> copy(Object value) {
    List<Object> items = Values.items(value);
    budget.charge(items.size());
    return new ArrayList<>(items);
  }

  /** Filters that pick items take any false value, such as {@code None}, for an empty list. */
  private List<Object> copyIfAny(Object value) {
    return Values.truthy(value) ? copy(value) : new ArrayList<>();
  }

  private static Object edge(Object value, boolean first) {
    List<Object> items = Values.items(value);
    if (items.isEmpty()) {
      return new Undefined("there is no " + (first ? "first" : "last") + " item");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private String join(Object value, Args args) {
    String separator = filters.print(args.get(0, "d", ""));
    Function<Object, Object> key = key(args.get(1, "attribute", None.NONE));
    StringBuilder out = new StringBuilder();
    String between = "";
    for (Object item : Values.items(value)) {
      String text = filters.print(key.apply(item));
      budget.charge((long) between.length() + text.length());
      out.append(between).append(text);
      between = separator;
    }
    return out.toString();
  }

  /** An attribute path such as {@code function.name}, or an index. */
  private Function<Object, Object> key(Object attribute) {
    return switch (attribute) {
      case None none -> item -> item;
      case String path ->
          item -> {
            Object value = item;
            for (String part : path.split("\\.", -1)) {
              value =
                  lookup.item(value, part.matches("\\d{1,9}") ? (Object) Long.valueOf(part) : part);
            }
            return value;
          };
      default -> item -> lookup.item(item, attribute);
    };
  }

  private List<Object> map(Object value, Args args) {
    Function<Object, Object> change;
    if (args.positional().isEmpty()) {
      Function<Object, Object> key = key(args.require(Integer.MAX_VALUE, "attribute"));
      Object preset = args.get(Integer.MAX_VALUE, "default", None.NONE);
      change =
          item -> {
            Object found = key.apply(item);
            return found instanceof Undefined && !(preset instanceof None) ? preset : found;
          };
    } else {
      String filter = args.text(0, "filter");
      change = item -> filters.apply(filter, item, args.without(1));
    }
    List<Object> items = copyIfAny(value);
    items.replaceAll(change::apply);
    return items;
  }

  private static Predicate<Object> test(Args args) {
    if (args.positional().isEmpty()) {
      return Values::truthy;
    }
    String test = args.text(0, "test");
    return item -> Conditions.holds(test, item, args.without(1));
  }

  private Predicate<Object> attributeTest(Args args) {
    Function<Object, Object> key = key(args.require(0, "attribute"));
    Predicate<Object> test = test(args.without(1));
    return item -> test.test(key.apply(item));
  }

  private List<Object> keep(Object value, Predicate<Object> test) {
    List<Object> items = copyIfAny(value);
    items.removeIf(test.negate());
    return items;
  }

  private List<Object> unique(Object value, Args args) {
    Function<Object, Object> key = sortKey(args, 0, 1);
    List<Object> kept = new ArrayList<>();
    List<Object> seen = new ArrayList<>();
    for (Object item : Values.items(value)) {
      Object mark = key.apply(item);
      budget.charge(seen.size());
      if (seen.stream().noneMatch(other -> Values.equal(other, mark))) {
        seen.add(mark);
        kept.add(item);
      }
    }
    return kept;
  }

  private List<Object> sort(Object value, Args args) {
    Comparator<Object> order = Comparator.comparing(sortKey(args, 1, 2), Values::compare);
    List<Object> items = copy(value);
    items.sort(args.flag(0, "reverse", false) ? order.reversed() : order);
    return items;
  }

  /** Case does not count unless asked for; an attribute may stand in for the item. */
  private Function<Object, Object> sortKey(Args args, int caseIndex, int attributeIndex) {
    Function<Object, Object> key = key(args.get(attributeIndex, "attribute", None.NONE));
    return args.flag(caseIndex, "case_sensitive", false) ? key : key.andThen(Lists::folded);
  }

  private static Object folded(Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  private List<Object> dictSort(Object value, Args args) {
    if (!(value instanceof Map<?, ?> map)) {
      throw Values.mismatch("what dictsort sorts", "a dict", value);
    }
    int side = args.text(1, "by", "key").equals("value") ? 1 : 0;
    boolean exact = args.flag(0, "case_sensitive", false);
    Comparator<Object> order =
        Comparator.comparing(
            item -> {
              Object part = ((Tuple) item).get(side);
              return exact ? part : folded(part);
            },
            Values::compare);
    List<Object> items = CollectionMethods.items(map);
    items.sort(args.flag(2, "reverse", false) ? order.reversed() : order);
    return items;
  }

  private List<Object> groupBy(Object value, Args args) {
    Function<Object, Object> key = key(args.require(0, "attribute"));
    Map<Object, List<Object>> groups = new LinkedHashMap<>();
    List<Object> items = copy(value);
    items.sort(Comparator.comparing(key.andThen(Lists::folded), Values::compare));
    for (Object item : items) {
      groups.computeIfAbsent(Values.key(key.apply(item)), k -> new ArrayList<>()).add(item);
    }
    List<Object> pairs = new ArrayList<>();
    groups.forEach((name, members) -> pairs.add(new Tuple(List.of(name, members))));
    return pairs;
  }

  private Object extreme(Object value, Args args, int sign) {
    Function<Object, Object> key = sortKey(args, 0, 1);
    return Values.items(value).stream()
        .reduce(
            (best, item) ->
                Values.compare(key.apply(item), key.apply(best)) * sign > 0 ? item : best)
        .orElse(new Undefined("there is no item"));
  }

  private Object sum(Object value, Args args) {
    Function<Object, Object> key = key(args.get(0, "attribute", None.NONE));
    Arithmetic arithmetic = new Arithmetic(budget);
    Object total = args.get(1, "start", 0L);
    for (Object item : Values.items(value)) {
      total = arithmetic.apply(Expr.Operator.ADD, total, key.apply(item));
    }
    return total;
  }

  private List<Object> batch(Object value, Args args) {
    int size = Math.clamp(args.whole(0, "linecount", 1), 1, Integer.MAX_VALUE);
    List<Object> items = copy(value);
    List<Object> batches = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      List<Object> batch =
          new ArrayList<>(items.subList(from, (int) Math.min(items.size(), (long) from + size)));
      while (args.has(1, "fill_with") && batch.size() < size) {
        budget.charge(1);
        batch.add(args.require(1, "fill_with"));
      }
      batches.add(batch);
      if (items.size() - from <= size) {
        break;
      }
    }
    return batches;
  }

  /** Splits into so many columns, the first ones longer by one where it doesn't divide. */
  private List<Object> slices(Object value, Args args) {
    int count = Math.clamp(args.whole(0, "slices", 1), 1, 1 << 20);
    budget.charge(count);
    List<Object> items = copy(value);
    List<Object> columns = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int size = items.size() / count + (i < items.size() % count ? 1 : 0);
      List<Object> column = new ArrayList<>(items.subList(from, from + size));
      if (args.has(1, "fill_with") && items.size() % count != 0 && i >= items.size() % count) {
        column.add(args.require(1, "fill_with"));
      }
      columns.add(column);
      from += size;
    }
    return columns;
  }
}
