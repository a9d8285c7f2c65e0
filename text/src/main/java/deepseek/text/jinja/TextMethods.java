package deepseek.text.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/** Methods of {@code str}; those that split it are in {@link Splitting}. */
final class TextMethods {
  private static final BiPredicate<String, String> PREFIX = String::startsWith;
  private static final BiPredicate<String, String> SUFFIX = String::endsWith;

  private final Budget budget;
  private final Splitting splitting;

  TextMethods(Budget budget) {
    this.budget = budget;
    this.splitting = new Splitting(budget);
  }

  Optional<Callable> method(Str text, String name) {
    return changing(text, name)
        .or(() -> splitting.method(text, name))
        .or(() -> casing(text, name))
        .or(() -> searching(text, name))
        .or(() -> question(text.chars(), name));
  }

  private Optional<Callable> changing(Str text, String name) {
    return switch (name) {
      case "strip" -> Optional.of(args -> strip(text, args, true, true));
      case "lstrip" -> Optional.of(args -> strip(text, args, true, false));
      case "rstrip" -> Optional.of(args -> strip(text, args, false, true));
      case "removeprefix" -> Optional.of(args -> removePrefix(text, args.chars(0, "prefix")));
      case "removesuffix" -> Optional.of(args -> removeSuffix(text, args.chars(0, "suffix")));
      case "replace" ->
          Optional.of(
              args ->
                  replace(
                      text, args.chars(0, "old"), args.text(1, "new"), args.whole(2, "count", -1)));
      case "join" -> Optional.of(args -> join(text, args.require(0, "iterable")));
      case "format" -> Optional.of(args -> new BraceFormat(budget).apply(text, args));
      case "zfill" -> Optional.of(args -> zeros(text, args.whole(0, "width", 0)));
      case "ljust" -> Optional.of(args -> pad(text, args, missing -> 0));
      case "rjust" -> Optional.of(args -> pad(text, args, missing -> missing));
      case "center" -> Optional.of(args -> center(text, args));
      default -> Optional.empty();
    };
  }

  private Optional<Callable> casing(Str text, String name) {
    return switch (name) {
      case "upper" -> Optional.of(args -> mapped(text, s -> s.toUpperCase(Locale.ROOT)));
      case "lower" -> Optional.of(args -> mapped(text, s -> s.toLowerCase(Locale.ROOT)));
      case "casefold" ->
          Optional.of(
              args -> mapped(text, s -> s.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT)));
      case "capitalize" -> Optional.of(args -> mapped(text, TextMethods::capitalize));
      case "title" -> Optional.of(args -> mapped(text, TextMethods::title));
      case "swapcase" -> Optional.of(args -> mapped(text, TextMethods::swapCase));
      default -> Optional.empty();
    };
  }

  private static Optional<Callable> searching(Str text, String name) {
    return switch (name) {
      case "startswith" ->
          Optional.of(args -> any(Region.of(text, args), args.require(0, "prefix"), PREFIX));
      case "endswith" ->
          Optional.of(args -> any(Region.of(text, args), args.require(0, "suffix"), SUFFIX));
      case "find" -> Optional.of(args -> Region.of(text, args).first(args.chars(0, "sub")));
      case "rfind" -> Optional.of(args -> Region.of(text, args).last(args.chars(0, "sub")));
      case "index" -> Optional.of(args -> found(Region.of(text, args).first(args.chars(0, "sub"))));
      case "rindex" -> Optional.of(args -> found(Region.of(text, args).last(args.chars(0, "sub"))));
      case "count" -> Optional.of(args -> count(Region.of(text, args), args.chars(0, "sub")));
      default -> Optional.empty();
    };
  }

  private static Optional<Callable> question(String text, String name) {
    return switch (name) {
      case "isspace" -> Optional.of(args -> PythonText.isSpace(text));
      case "isdigit", "isdecimal", "isnumeric" ->
          Optional.of(args -> all(text, Character::isDigit));
      case "isalpha" -> Optional.of(args -> all(text, Character::isLetter));
      case "isalnum" -> Optional.of(args -> all(text, Character::isLetterOrDigit));
      case "isascii" -> Optional.of(args -> text.chars().allMatch(c -> c < 128));
      case "isupper" -> Optional.of(args -> isUpper(text));
      case "islower" -> Optional.of(args -> isLower(text));
      default -> Optional.empty();
    };
  }

  private static boolean all(String text, IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(Character::isLowerCase);
  }

  static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(Character::isUpperCase);
  }

  /** Applies a function that changes characters one by one. */
  Str mapped(Str text, UnaryOperator<String> change) {
    budget.charge(text.length());
    return text.mapped(change);
  }

  private Str part(Str text, int from, int to) {
    budget.charge((long) to - from);
    return text.part(from, to);
  }

  /** Strips whitespace, or any of the characters of the argument if there is one. */
  Str strip(Str text, Args args, boolean left, boolean right) {
    String of = text.chars();
    Object chars = args.get(0, "chars", None.NONE);
    IntPredicate goes =
        chars instanceof None
            ? c -> c < 0x10000 && PythonText.isSpace((char) c)
            : memberOf(Values.text(chars, "the characters to strip").chars());
    int from = 0;
    int to = of.length();
    while (left && from < to && goes.test(of.codePointAt(from))) {
      from += Character.charCount(of.codePointAt(from));
    }
    while (right && to > from && goes.test(of.codePointBefore(to))) {
      to -= Character.charCount(of.codePointBefore(to));
    }
    return part(text, from, to);
  }

  private static IntPredicate memberOf(String chars) {
    return c -> chars.indexOf(c) >= 0;
  }

  private Str removePrefix(Str text, String prefix) {
    return text.chars().startsWith(prefix) ? part(text, prefix.length(), text.length()) : text;
  }

  private Str removeSuffix(Str text, String suffix) {
    return text.chars().endsWith(suffix) ? part(text, 0, text.length() - suffix.length()) : text;
  }

  Str replace(Str text, String old, Str replacement, long count) {
    String chars = text.chars();
    StrBuilder out = new StrBuilder(budget);
    int from = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    int at = chars.indexOf(old);
    while (at >= 0 && left-- > 0) {
      out.append(text, from, at).append(replacement);
      from = at;
      if (old.isEmpty()) {
        // Between all characters, and at both ends.
        if (at == chars.length()) {
          break;
        }
        int next = at + Character.charCount(chars.codePointAt(at));
        out.append(text, at, next);
        from = next;
        at = next;
      } else {
        from = at + old.length();
        at = chars.indexOf(old, from);
      }
    }
    return out.append(text, from, text.length()).str();
  }

  private Str join(Str separator, Object items) {
    StrBuilder out = new StrBuilder(budget);
    Str between = Str.EMPTY;
    for (Object item : Values.items(items, budget)) {
      out.append(between).append(Values.text(item, "an item to join"));
      between = separator;
    }
    return out.str();
  }

  /** Whether a text matches, or any of a tuple. */
  private static boolean any(Region region, Object parts, BiPredicate<String, String> matches) {
    List<Object> all = parts instanceof Tuple tuple ? tuple : List.of(parts);
    return all.stream()
        .anyMatch(
            part -> matches.test(region.chars, Values.text(part, "what is compared").chars()));
  }

  private static long found(long position) {
    if (position < 0) {
      throw new Failure("the text has no such part");
    }
    return position;
  }

  private static long count(Region region, String part) {
    String text = region.chars;
    if (part.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  /** The part of a text to search, limited by the arguments {@code start} and {@code end}. */
  private record Region(String chars, long start) {
    static Region of(Str text, Args args) {
      String all = text.chars();
      if (!args.has(1, "start")) {
        return new Region(all, 0);
      }
      long length = Values.length(text);
      long start = bound(args.get(1, "start", None.NONE), 0, length);
      long end = Math.max(start, bound(args.get(2, "end", None.NONE), length, length));
      int first = all.offsetByCodePoints(0, (int) start);
      return new Region(
          all.substring(first, all.offsetByCodePoints(first, (int) (end - start))), start);
    }

    private static long bound(Object given, long preset, long length) {
      if (given instanceof None) {
        return preset;
      }
      long index = Values.whole(given, "a bound of the search");
      return Math.clamp(index < 0 ? index + length : index, 0, length);
    }

    long first(String part) {
      return position(chars.indexOf(part));
    }

    long last(String part) {
      return position(chars.lastIndexOf(part));
    }

    private long position(int index) {
      return index < 0 ? -1 : start + chars.codePointCount(0, index);
    }
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
        .forEach(out::appendCodePoint);
    return out.toString();
  }

  private Str zeros(Str text, long width) {
    boolean signed = text.chars().startsWith("-") || text.chars().startsWith("+");
    return new StrBuilder(budget)
        .append(text, 0, signed ? 1 : 0)
        .append(Str.of("0"), Math.max(0, width - Values.length(text)))
        .append(text, signed ? 1 : 0, text.length())
        .str();
  }

  /** With an odd number of blanks Python puts one more before the text if the width is odd. */
  Str center(Str text, Args args) {
    long width = args.whole(0, "width", 80);
    return pad(text, args, missing -> missing / 2 + (missing & width & 1));
  }

  /** {@code before} maps the padding to its part before the text. */
  private Str pad(Str text, Args args, LongUnaryOperator before) {
    long missing = Math.max(0, args.whole(0, "width", 80) - Values.length(text));
    Str fill = args.text(1, "fillchar", " ");
    if (Values.length(fill) != 1) {
      throw new Failure("the fill must be one character");
    }
    long first = before.applyAsLong(missing);
    return new StrBuilder(budget)
        .append(fill, first)
        .append(text)
        .append(fill, missing - first)
        .str();
  }
}
