package deepseek.text.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Python's view of values: {@link None}, Boolean, Long, BigInteger, Double, {@link Str}, List,
 * {@link Tuple}, Map, {@link Undefined}, {@link Namespace}, {@link Callable}, {@link Attributes}.
 */
final class Values {
  /** The nesting limit, deeper than any real conversation, which prevents a stack overflow. */
  static final int MAX_DEPTH = 200;

  private Values() {}

  /** Converts a Java value for the template; throws unless it is plain data. */
  static Object of(@Nullable Object value) {
    return of(value, false, 0);
  }

  private static Object of(@Nullable Object value, boolean given, int depth) {
    checkDepth(depth);
    return switch (value) {
      case null -> None.NONE;
      case Given(Object inner) -> of(inner, true, depth + 1);
      case String text -> Str.of(text, given);
      case Boolean flag -> flag;
      case Long whole -> whole;
      case Integer whole -> whole.longValue();
      case BigInteger whole -> whole.bitLength() < 64 ? (Object) whole.longValue() : whole;
      case Number number -> number.doubleValue();
      case Map<?, ?> map -> {
        Map<Object, Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, item) -> copy.put(of(key, given, depth + 1), of(item, given, depth + 1)));
        yield copy;
      }
      case Iterable<?> items -> {
        List<Object> copy = new ArrayList<>();
        items.forEach(item -> copy.add(of(item, given, depth + 1)));
        yield copy;
      }
      default -> throw new Failure("a value of " + value.getClass() + ", which is no plain data");
    };
  }

  static void checkDepth(int depth) {
    if (depth > MAX_DEPTH) {
      throw new Failure("values nested deeper than " + MAX_DEPTH + " levels");
    }
  }

  static String type(Object value) {
    return switch (value) {
      case None none -> "None";
      case Boolean flag -> "bool";
      case Long whole -> "int";
      case BigInteger whole -> "int";
      case Double real -> "float";
      case Str text -> "str";
      case Tuple tuple -> "tuple";
      case List<?> list -> "list";
      case Map<?, ?> map -> "dict";
      case Undefined undefined -> "undefined";
      case Attributes object -> object.type();
      default -> "function";
    };
  }

  static boolean truthy(Object value) {
    return switch (value) {
      case None none -> false;
      case Undefined undefined -> false;
      case Boolean flag -> flag;
      case Long whole -> whole != 0;
      case Double real -> real != 0;
      case Str text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  /** Whether it is an int or a bool, which is an int in Python. */
  static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  static long whole(Object value, String what) {
    return switch (value) {
      case Long whole -> whole;
      case Boolean flag -> flag ? 1 : 0;
      default -> throw mismatch(what, "an int", value);
    };
  }

  static double real(Object value, String what) {
    return switch (value) {
      case Number number -> number.doubleValue();
      case Boolean flag -> flag ? 1 : 0;
      default -> throw mismatch(what, "a number", value);
    };
  }

  static Str text(Object value, String what) {
    if (value instanceof Str text) {
      return text;
    }
    throw mismatch(what, "a str", value);
  }

  static Failure mismatch(String what, String expected, Object got) {
    String found = got instanceof Undefined(String hint) ? hint : "it is " + type(got);
    return new Failure(what + " must be " + expected + ", but " + found);
  }

  /** Throws if the value is undefined, naming what was looked up. */
  static Object defined(Object value) {
    if (value instanceof Undefined(String hint)) {
      throw new Failure(hint);
    }
    return value;
  }

  /** The items of an iterable: keys of a dict, characters of a string. */
  static List<Object> items(Object value, Budget budget) {
    return switch (value) {
      case Undefined undefined -> List.of();
      case List<?> list -> cast(list);
      case Map<?, ?> map -> {
        budget.items(map.size());
        yield new ArrayList<>(map.keySet());
      }
      case Str text -> characters(text, budget);
      default -> throw new Failure(type(value) + " can't be looped over");
    };
  }

  private static List<Object> characters(Str text, Budget budget) {
    budget.objects(text.length());
    List<Object> characters = new ArrayList<>(text.length());
    for (int at = 0; at < text.length(); ) {
      int next = at + Character.charCount(text.chars().codePointAt(at));
      characters.add(text.part(at, next));
      at = next;
    }
    return characters;
  }

  static boolean isIterable(Object value) {
    return value instanceof List<?>
        || value instanceof Map<?, ?>
        || value instanceof Str
        || value instanceof Undefined;
  }

  @SuppressWarnings("unchecked") // Every list of the interpreter holds objects; see of().
  static List<Object> cast(List<?> list) {
    return (List<Object>) list;
  }

  static long length(Object value) {
    return switch (value) {
      case Str text -> text.chars().codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined undefined -> 0;
      default -> throw new Failure(type(value) + " has no length");
    };
  }

  static boolean equal(Object left, Object right, Budget budget) {
    return equal(left, right, budget, 0);
  }

  private static boolean equal(Object left, Object right, Budget budget, int depth) {
    checkDepth(depth);
    budget.step();
    if (isNumber(left) && isNumber(right)) {
      return (isWhole(left) && isWhole(right))
          ? whole(left, "") == whole(right, "")
          : left.equals(right) || real(left, "") == real(right, "");
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      boolean same = a.size() == b.size() && left instanceof Tuple == right instanceof Tuple;
      for (int i = 0; same && i < a.size(); i++) {
        same = equal(a.get(i), b.get(i), budget, depth + 1);
      }
      return same;
    }
    if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      boolean same = a.size() == b.size();
      for (var entry : a.entrySet()) {
        Object other = same ? b.get(entry.getKey()) : null;
        same = other != null && equal(entry.getValue(), other, budget, depth + 1);
      }
      return same;
    }
    if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    }
    return left.equals(right);
  }

  /** Compares numbers, strings and lists; other pairs can't be ordered. */
  static int compare(Object left, Object right, Budget budget) {
    return compare(left, right, budget, 0);
  }

  private static int compare(Object left, Object right, Budget budget, int depth) {
    checkDepth(depth);
    budget.step();
    if (isNumber(left) && isNumber(right)) {
      return (isWhole(left) && isWhole(right))
          ? Long.compare(whole(left, ""), whole(right, ""))
          : Double.compare(real(left, ""), real(right, ""));
    }
    if (left instanceof Str a && right instanceof Str b) {
      return compareCodePoints(a.chars(), b.chars());
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        if (!equal(a.get(i), b.get(i), budget, depth + 1)) {
          return compare(a.get(i), b.get(i), budget, depth + 1);
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    throw new Failure(type(defined(left)) + " and " + type(defined(right)) + " have no order");
  }

  /** Python orders by code point, Java by UTF-16 unit; they differ beyond the basic plane. */
  private static int compareCodePoints(String a, String b) {
    int i = 0;
    int shorter = Math.min(a.length(), b.length());
    while (i < shorter && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    if (i == shorter) {
      return Integer.compare(a.length(), b.length());
    }
    boolean surrogate = Character.isSurrogate(a.charAt(i)) != Character.isSurrogate(b.charAt(i));
    int order = Character.compare(a.charAt(i), b.charAt(i));
    return surrogate ? (Character.isSurrogate(a.charAt(i)) ? 1 : -1) : order;
  }

  static boolean contains(Object container, Object item, Budget budget) {
    return switch (container) {
      case Str text -> text.chars().contains(text(item, "what is looked for in a str").chars());
      case Map<?, ?> map -> map.containsKey(key(item));
      case List<?> list -> list.stream().anyMatch(other -> equal(other, item, budget));
      case Undefined undefined -> false;
      default -> throw new Failure(type(container) + " can't contain anything");
    };
  }

  /** A dict key; as in Python 1, 1.0 and true are one key. */
  static Object key(Object value) {
    return switch (value) {
      case Boolean flag -> flag ? 1L : 0L;
      case Double real when real == Math.rint(real) && Math.abs(real) < 1e15 -> real.longValue();
      case Double real -> real;
      case Str text -> text;
      case Long whole -> whole;
      case BigInteger whole -> whole;
      case None none -> none;
      default -> throw new Failure(type(value) + " can't be a dict key");
    };
  }
}
