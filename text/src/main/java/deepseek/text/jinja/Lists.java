package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Filters that iterate over the items of a value. */
final class Lists {
  private static final List<String> GROUP = List.of("grouper", "list");

  private final Budget budget;
  private final Lookup lookup;
  private final Filters filters;
  private final Conditions conditions;

  Lists(Budget budget, Lookup lookup, Filters filters) {
    this.budget = budget;
    this.lookup = lookup;
    this.filters = filters;
    this.conditions = new Conditions(budget);
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
              value instanceof Str text
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
    List<Object> items = Values.items(value, budget);
    budget.items(items.size());
    return new ArrayList<>(items);
  }

  /**
   * A copy of the items; selecting filters treat any false value, such as {@code None}, as an empty
   * list.
   */
  private List<Object> copyIfAny(Object value) {
    return Values.truthy(value) ? copy(value) : new ArrayList<>();
  }

  private Object edge(Object value, boolean first) {
    List<Object> items = Values.items(value, budget);
    if (items.isEmpty()) {
      return new Undefined("there is no " + (first ? "first" : "last") + " item");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private Str join(Object value, Args args) {
    Str separator = filters.print(args.get(0, "d", Str.EMPTY));
    Function<Object, Object> key = key(args.get(1, "attribute", None.NONE));
    StrBuilder out = new StrBuilder(budget);
    Str between = Str.EMPTY;
    for (Object item : Values.items(value, budget)) {
      out.append(between).append(filters.print(key.apply(item)));
      between = separator;
    }
    return out.str();
  }

  /** The function for an attribute path such as {@code function.name}, or for an index. */
  private Function<Object, Object> key(Object attribute) {
    return switch (attribute) {
      case None none -> item -> item;
      case Str path ->
          item -> {
            Object value = item;
            for (String part : path.chars().split("\\.", -1)) {
              value =
                  lookup.item(value, part.matches("\\d{1,9}") ? Long.valueOf(part) : Str.of(part));
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
      String filter = args.chars(0, "filter");
      change = item -> filters.apply(filter, item, args.without(1));
    }
    List<Object> items = copyIfAny(value);
    items.replaceAll(change::apply);
    return items;
  }

  private Predicate<Object> test(Args args) {
    if (args.positional().isEmpty()) {
      return Values::truthy;
    }
    String test = args.chars(0, "test");
    return item -> conditions.holds(test, item, args.without(1));
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
    for (Object item : Values.items(value, budget)) {
      Object mark = key.apply(item);
      if (seen.stream().noneMatch(other -> Values.equal(other, mark, budget))) {
        budget.items(2);
        seen.add(mark);
        kept.add(item);
      }
    }
    return kept;
  }

  private List<Object> sort(Object value, Args args) {
    Comparator<Object> order = Comparator.comparing(sortKey(args, 1, 2), this::compare);
    List<Object> items = copy(value);
    items.sort(args.flag(0, "reverse", false) ? order.reversed() : order);
    return items;
  }

  /** The sort key: case-insensitive unless requested, of the item or of an attribute. */
  private Function<Object, Object> sortKey(Args args, int caseIndex, int attributeIndex) {
    Function<Object, Object> key = key(args.get(attributeIndex, "attribute", None.NONE));
    return args.flag(caseIndex, "case_sensitive", false) ? key : key.andThen(this::folded);
  }

  private Object folded(Object value) {
    if (!(value instanceof Str text)) {
      return value;
    }
    budget.charge(text.length());
    return text.mapped(chars -> chars.toLowerCase(Locale.ROOT));
  }

  private int compare(Object left, Object right) {
    return Values.compare(left, right, budget);
  }

  private List<Object> dictSort(Object value, Args args) {
    if (!(value instanceof Map<?, ?> map)) {
      throw Values.mismatch("what dictsort sorts", "a dict", value);
    }
    int side = args.text(1, "by", "key").chars().equals("value") ? 1 : 0;
    boolean exact = args.flag(0, "case_sensitive", false);
    Comparator<Object> order =
        Comparator.comparing(
            item -> {
              Object part = ((Tuple) item).get(side);
              return exact ? part : folded(part);
            },
            this::compare);
    List<Object> items = new CollectionMethods(budget).items(map);
    items.sort(args.flag(2, "reverse", false) ? order.reversed() : order);
    return items;
  }

  /** Pairs of a common value, in the first member's spelling, and the members. */
  private List<Object> groupBy(Object value, Args args) {
    Object preset = args.get(1, "default", None.NONE);
    Function<Object, Object> found = key(args.require(0, "attribute"));
    Function<Object, Object> name =
        item -> {
          Object attribute = found.apply(item);
          return attribute instanceof Undefined && !(preset instanceof None) ? preset : attribute;
        };
    Function<Object, Object> key =
        args.flag(2, "case_sensitive", false) ? name : name.andThen(this::folded);
    List<Object> items = copy(value);
    items.sort(Comparator.comparing(key, this::compare));
    List<Object> groups = new ArrayList<>();
    for (int from = 0, to = 0; from < items.size(); from = to) {
      Object shared = key.apply(items.get(from));
      while (to < items.size() && Values.equal(key.apply(items.get(to)), shared, budget)) {
        to++;
      }
      budget.objects(2);
      List<Object> members = new ArrayList<>(items.subList(from, to));
      groups.add(new Tuple(List.of(name.apply(members.getFirst()), members), GROUP));
    }
    return groups;
  }

  private Object extreme(Object value, Args args, int sign) {
    Function<Object, Object> key = sortKey(args, 0, 1);
    return Values.items(value, budget).stream()
        .reduce((best, item) -> compare(key.apply(item), key.apply(best)) * sign > 0 ? item : best)
        .orElse(new Undefined("there is no item"));
  }

  private Object sum(Object value, Args args) {
    Function<Object, Object> key = key(args.get(0, "attribute", None.NONE));
    Arithmetic arithmetic = new Arithmetic(budget);
    Object total = args.get(1, "start", 0L);
    for (Object item : Values.items(value, budget)) {
      total = arithmetic.apply(Expr.Operator.ADD, total, key.apply(item));
    }
    return total;
  }

  private List<Object> batch(Object value, Args args) {
    long size = Math.max(1, args.whole(0, "linecount", 1));
    boolean filled = !(args.get(1, "fill_with", None.NONE) instanceof None);
    List<Object> items = copy(value);
    List<Object> batches = new ArrayList<>();
    for (long from = 0; from < items.size(); from += size) {
      long to = Math.min(items.size(), size > items.size() ? items.size() : from + size);
      budget.objects(1);
      budget.items(filled ? size : to - from);
      List<Object> batch = new ArrayList<>(items.subList((int) from, (int) to));
      while (filled && batch.size() < size) {
        batch.add(args.require(1, "fill_with"));
      }
      batches.add(batch);
      if (to == items.size()) {
        break;
      }
    }
    return batches;
  }

  /**
   * Splits into columns, of which the first ones are longer by one if the number doesn't divide.
   */
  private List<Object> slices(Object value, Args args) {
    long count = args.whole(0, "slices", 1);
    if (count < 1) {
      throw new Failure("slices into at least one column");
    }
    boolean filled = !(args.get(1, "fill_with", None.NONE) instanceof None);
    budget.objects(count);
    List<Object> items = copy(value);
    List<Object> columns = new ArrayList<>();
    int from = 0;
    long longer = items.size() % count;
    for (long i = 0; i < count; i++) {
      int size = (int) (items.size() / count + (i < longer ? 1 : 0));
      budget.items(size + 1L);
      List<Object> column = new ArrayList<>(items.subList(from, from + size));
      if (filled && i >= longer) {
        column.add(args.require(1, "fill_with"));
      }
      columns.add(column);
      from += size;
    }
    return columns;
  }
}
