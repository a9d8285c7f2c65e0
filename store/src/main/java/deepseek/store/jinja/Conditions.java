package deepseek.store.jinja;

import java.util.List;
import java.util.Map;

/** What stands after {@code is}. */
final class Conditions {
  private Conditions() {}

  static boolean holds(String name, Object value, Args args) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map<?, ?>;
      case "iterable" -> Values.isIterable(value);
      case "sequence" ->
          value instanceof String || value instanceof List<?> || value instanceof Map<?, ?>;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "callable" -> value instanceof Callable;
      case "odd" -> Math.floorMod(Values.whole(value, "an odd number"), 2L) == 1;
      case "even" -> Math.floorMod(Values.whole(value, "an even number"), 2L) == 0;
      case "divisibleby" -> {
        long divisor = Values.whole(args.require(0, "num"), "a divisor");
        if (divisor == 0) {
          throw new Failure("a division by zero");
        }
        yield Values.whole(value, "what is divided") % divisor == 0;
      }
      case "lower" -> TextMethods.isLower(Values.text(value, "what is tested"));
      case "upper" -> TextMethods.isUpper(Values.text(value, "what is tested"));
      case "in" -> Values.contains(args.require(0, "seq"), value);
      case "sameas" -> same(value, args.require(0, "other"));
      case "eq", "equalto", "==" -> Values.equal(value, args.require(0, "other"));
      case "ne", "!=" -> !Values.equal(value, args.require(0, "other"));
      case "lt", "lessthan", "<" -> Values.compare(value, args.require(0, "other")) < 0;
      case "le", "<=" -> Values.compare(value, args.require(0, "other")) <= 0;
      case "gt", "greaterthan", ">" -> Values.compare(value, args.require(0, "other")) > 0;
      case "ge", ">=" -> Values.compare(value, args.require(0, "other")) >= 0;
      default -> throw new Failure("an unknown test: is " + name);
    };
  }

  /** Identity; small values have one, as Python's singletons do. */
  @SuppressWarnings("ReferenceEquality") // Python's "is" asks for the object itself.
  private static boolean same(Object value, Object other) {
    boolean plain = value instanceof Boolean || value instanceof Long || value instanceof String;
    return value == other || (plain && value.equals(other));
  }
}
