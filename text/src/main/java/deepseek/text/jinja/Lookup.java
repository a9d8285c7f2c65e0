package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code a.b}, {@code a[b]} and {@code a[i:j:k]}, which reach only data and the listed methods. */
final class Lookup {
  private final Budget budget;
  private final TextMethods texts;
  private final CollectionMethods collections;

  Lookup(Budget budget) {
    this.budget = budget;
    this.texts = new TextMethods(budget);
    this.collections = new CollectionMethods(budget);
  }

  /** A method of a value of a built-in type. */
  Optional<Callable> method(Object target, String name) {
    return switch (target) {
      case Str text -> texts.method(text, name);
      case Map<?, ?> map -> collections.of(map, name);
      case List<?> list -> collections.of(list, name);
      default -> Optional.empty();
    };
  }

  /** A method takes precedence over a key of the same name, as in Jinja: {@code message.items}. */
  Object attribute(Object target, String name) {
    Optional<Callable> method = method(target, name);
    if (method.isPresent()) {
      return method.get();
    }
    return switch (target) {
      case Undefined(String hint) -> throw new Failure(hint);
      case Map<?, ?> map -> key(map, Str.of(name));
      case Tuple tuple -> tuple.get(name);
      case Attributes object -> object.get(name);
      default -> new Undefined(Values.type(target) + " has no '" + name + "'");
    };
  }

  Object item(Object target, Object key) {
    return switch (target) {
      case Undefined(String hint) -> throw new Failure(hint);
      case Map<?, ?> map when isKey(key) -> {
        Object value = map.get(Values.key(key));
        yield value != null
            ? value
            : key instanceof Str name ? attribute(target, name.chars()) : key(map, key);
      }
      case Str text when Values.isWhole(key) -> character(text, Values.whole(key, "an index"));
      case List<?> list when Values.isWhole(key) -> {
        long index = Values.whole(key, "an index");
        long from = index < 0 ? index + list.size() : index;
        yield from >= 0 && from < list.size()
            ? list.get((int) from)
            : new Undefined(Values.type(target) + " has no item " + index);
      }
      default ->
          key instanceof Str name
              ? attribute(target, name.chars())
              : new Undefined(Values.type(target) + " has no such item");
    };
  }

  private static boolean isKey(Object key) {
    return key instanceof Str || key instanceof None || Values.isNumber(key);
  }

  private static Object key(Map<?, ?> map, Object key) {
    Object value = map.get(Values.key(key));
    return value == null ? new Undefined("dict has no '" + key + "'") : value;
  }

  private static Object character(Str text, long index) {
    String chars = text.chars();
    long length = Values.length(text);
    long from = index < 0 ? index + length : index;
    if (from < 0 || from >= length) {
      return new Undefined("str has no item " + index);
    }
    int at = chars.offsetByCodePoints(0, (int) from);
    return text.part(at, chars.offsetByCodePoints(at, 1));
  }

  /** Bounds beyond either end are clipped; {@code None} means absent. */
  Object slice(Object target, Object from, Object to, Object step) {
    long stride = step instanceof None ? 1 : Values.whole(step, "the step of a slice");
    if (stride == 0) {
      throw new Failure("the step of a slice must not be 0");
    }
    if (!(Values.defined(target) instanceof Str) && !(target instanceof List<?>)) {
      throw new Failure(Values.type(target) + " can't be sliced");
    }
    long length = Values.length(target);
    long low = stride > 0 ? 0 : -1;
    long high = stride > 0 ? length : length - 1;
    long begin = from instanceof None ? (stride > 0 ? low : high) : bound(from, length, low, high);
    long end = to instanceof None ? (stride > 0 ? high : low) : bound(to, length, low, high);
    if (target instanceof Str text && stride == 1) {
      int first = text.chars().offsetByCodePoints(0, (int) begin);
      int last = text.chars().offsetByCodePoints(first, (int) Math.max(0, end - begin));
      return new StrBuilder(budget).append(text, first, last).str();
    }
    List<Object> kept = pick(Values.items(target, budget), begin, end, stride);
    if (target instanceof Str) {
      StrBuilder text = new StrBuilder(budget);
      kept.forEach(character -> text.append((Str) character));
      return text.str();
    }
    return target instanceof Tuple ? new Tuple(kept) : kept;
  }

  private List<Object> pick(List<Object> items, long begin, long end, long stride) {
    budget.items(Math.max(0, (end - begin) / stride));
    List<Object> kept = new ArrayList<>();
    for (long i = begin; stride > 0 ? i < end : i > end; i += stride) {
      kept.add(items.get((int) i));
      // A stride near 2^63 must not overflow.
      if (Math.abs(stride) > items.size()) {
        break;
      }
    }
    return kept;
  }

  private static long bound(Object bound, long length, long low, long high) {
    long index = Values.whole(bound, "a bound of a slice");
    return Math.clamp(index < 0 ? index + length : index, low, high);
  }
}
