package deepseek.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tests, as in {@code x is defined}. */
final class Conditions {
  /** All filters of Jinja 3.1, including those that this interpreter rejects. */
  private static final Set<String> FILTERS =
      Set.of(
          ("abs attr batch capitalize center count d default dictsort e escape filesizeformat first"
                  + " float forceescape format groupby indent int items join last length list lower"
                  + " map max min pprint random reject rejectattr replace reverse round safe select"
                  + " selectattr slice sort string striptags sum title tojson trim truncate unique"
                  + " upper urlencode urlize wordcount wordwrap xmlattr")
              .split(" "));

  private static final Set<String> TESTS =
      Set.of(
          ("!= < <= == > >= boolean callable defined divisibleby eq equalto escaped even false"
                  + " filter float ge greaterthan gt in integer iterable le lessthan lower lt"
                  + " mapping ne none number odd sameas sequence string test true undefined upper")
              .split(" "));

  private final Budget budget;

  Conditions(Budget budget) {
    this.budget = budget;
  }

  boolean holds(String name, Object value, Args args) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "string" -> value instanceof Str;
      case "mapping" -> value instanceof Map<?, ?>;
      case "iterable" -> Values.isIterable(value);
      case "sequence" ->
          // An undefined value has a length in Jinja, which is 0.
          value instanceof Str
              || value instanceof List<?>
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "callable" -> value instanceof Callable || value instanceof Undefined;
      case "odd" -> Math.floorMod(Values.whole(value, "an odd number"), 2L) == 1;
      case "even" -> Math.floorMod(Values.whole(value, "an even number"), 2L) == 0;
      case "divisibleby" -> {
        long divisor = Values.whole(args.require(0, "num"), "a divisor");
        if (divisor == 0) {
          throw new Failure("a division by zero");
        }
        yield Values.whole(value, "what is divided") % divisor == 0;
      }
      case "lower" -> TextMethods.isLower(Values.text(value, "what is tested").chars());
      case "upper" -> TextMethods.isUpper(Values.text(value, "what is tested").chars());
      case "in" -> Values.contains(args.require(0, "seq"), value, budget);
      case "sameas" -> same(value, args.require(0, "other"));
      case "eq", "equalto", "==" -> Values.equal(value, args.require(0, "other"), budget);
      case "ne", "!=" -> !Values.equal(value, args.require(0, "other"), budget);
      case "lt", "lessthan", "<" -> Values.compare(value, args.require(0, "other"), budget) < 0;
      case "le", "<=" -> Values.compare(value, args.require(0, "other"), budget) <= 0;
      case "gt", "greaterthan", ">" -> Values.compare(value, args.require(0, "other"), budget) > 0;
      case "ge", ">=" -> Values.compare(value, args.require(0, "other"), budget) >= 0;
      case "filter" -> FILTERS.contains(Values.text(value, "a filter's name").chars());
      case "test" -> TESTS.contains(Values.text(value, "a test's name").chars());
      default -> throw new Failure("an unknown test: is " + name);
    };
  }

  /** Object identity; small values compare as Python's singletons do. */
  @SuppressWarnings("ReferenceEquality") // Python's "is" compares references.
  private static boolean same(Object value, Object other) {
    boolean plain = value instanceof Boolean || value instanceof Long || value instanceof Str;
    return value == other || (plain && value.equals(other));
  }
}
