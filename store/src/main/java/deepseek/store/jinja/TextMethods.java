package deepseek.store.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** Methods of {@code str}. */
final class TextMethods {
  private final Budget budget;

  TextMethods(Budget budget) {
    this.budget = budget;
  }

  Optional<Callable> method(String text, String name) {
    return switch (name) {
      case "strip" -> Optional.of(args -> strip(text, args, true, true));
      case "lstrip" -> Optional.of(args -> strip(text, args, true, false));
      case "rstrip" -> Optional.of(args -> strip(text, args, false, true));
      case "split" -> Optional.of(args -> split(text, args));
      case "rsplit" -> Optional.of(args -> splitRight(text, args));
      case "splitlines" -> Optional.of(args -> new ArrayList<Object>(PythonText.lines(text)));
      case "partition" -> Optional.of(args -> partition(text, args.text(0, "sep"), false));
      case "rpartition" -> Optional.of(args -> partition(text, args.text(0, "sep"), true));
      case "startswith" ->
          Optional.of(args -> any(args.require(0, "prefix"), part -> text.startsWith(part)));
      case "endswith" ->
          Optional.of(args -> any(args.require(0, "suffix"), part -> text.endsWith(part)));
      case "removeprefix" -> Optional.of(args -> removePrefix(text, args.text(0, "prefix")));
      case "removesuffix" -> Optional.of(args -> removeSuffix(text, args.text(0, "suffix")));
      case "replace" ->
          Optional.of(
              args ->
                  replace(
                      text, args.text(0, "old"), args.text(1, "new"), args.whole(2, "count", -1)));
      case "join" -> Optional.of(args -> join(text, args.require(0, "iterable")));
      case "format" -> Optional.of(args -> TextFormat.braces(text, args, budget));
      case "find" -> Optional.of(args -> position(text, text.indexOf(args.text(0, "sub"))));
      case "rfind" -> Optional.of(args -> position(text, text.lastIndexOf(args.text(0, "sub"))));
      case "index" -> Optional.of(args -> found(position(text, text.indexOf(args.text(0, "sub")))));
      case "count" -> Optional.of(args -> count(text, args.text(0, "sub")));
      default -> casing(text, name).or(() -> question(text, name));
    };
  }

  private Optional<Callable> casing(String text, String name) {
    return switch (name) {
      case "upper" -> Optional.of(args -> text.toUpperCase(Locale.ROOT));
      case "lower" -> Optional.of(args -> text.toLowerCase(Locale.ROOT));
      case "casefold" ->
          Optional.of(args -> text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
      case "capitalize" -> Optional.of(args -> capitalize(text));
      case "title" -> Optional.of(args -> title(text));
      case "swapcase" -> Optional.of(args -> swapCase(text));
      case "zfill" -> Optional.of(args -> zeros(text, args.whole(0, "width", 0)));
      case "ljust" -> Optional.of(args -> pad(text, args, 0));
      case "rjust" -> Optional.of(args -> pad(text, args, 1));
      case "center" -> Optional.of(args -> pad(text, args, 0.5));
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

  /** Without an argument whitespace goes, else any of the argument's characters. */
  static String strip(String text, Args args, boolean left, boolean right) {
    Object chars = args.get(0, "chars", None.NONE);
    IntPredicate goes =
        chars instanceof None
            ? c -> c < 0x10000 && PythonText.isSpace((char) c)
            : memberOf(Values.text(chars, "the characters to strip"));
    int from = 0;
    int to = text.length();
    while (left && from < to && goes.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && to > from && goes.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static IntPredicate memberOf(String chars) {
    return c -> chars.indexOf(c) >= 0;
  }

  private Object split(String text, Args args) {
    long limit = args.whole(1, "maxsplit", -1);
    budget.charge(text.length());
    if (args.get(0, "sep", None.NONE) instanceof None) {
      return words(text, limit);
    }
    List<Object> parts = new ArrayList<>();
    String separator = separator(args);
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && (limit < 0 || parts.size() < limit)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    budget.charge(parts.size());
    return parts;
  }

  /** Words between runs of whitespace; after {@code limit} words the rest is one. */
  private static List<Object> words(String text, long limit) {
    List<Object> words = new ArrayList<>();
    int from = nextWord(text, 0);
    while (from < text.length()) {
      boolean rest = limit >= 0 && words.size() >= limit;
      int to = from;
      while (to < text.length() && (rest || !PythonText.isSpace(text.charAt(to)))) {
        to++;
      }
      words.add(text.substring(from, to));
      from = nextWord(text, to);
    }
    return words;
  }

  private static int nextWord(String text, int from) {
    int i = from;
    while (i < text.length() && PythonText.isSpace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private Object splitRight(String text, Args args) {
    long limit = args.whole(1, "maxsplit", -1);
    if (limit < 0 || args.get(0, "sep", None.NONE) instanceof None) {
      return split(text, args);
    }
    String separator = separator(args);
    budget.charge(text.length());
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    int at = text.lastIndexOf(separator);
    while (at >= 0 && parts.size() < limit) {
      parts.addFirst(text.substring(at + separator.length(), to));
      to = at;
      at = text.lastIndexOf(separator, at - separator.length());
    }
    parts.addFirst(text.substring(0, to));
    return parts;
  }

  private static String separator(Args args) {
    String separator = args.text(0, "sep");
    if (separator.isEmpty()) {
      throw new Failure("an empty separator");
    }
    return separator;
  }

  private static Tuple partition(String text, String separator, boolean fromRight) {
    int at = fromRight ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) {
      return new Tuple(fromRight ? List.of("", "", text) : List.of(text, "", ""));
    }
    return new Tuple(
        List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
  }

  /** One text, or a tuple of which one must match. */
  private static boolean any(Object parts, Predicate<String> matches) {
    List<Object> all = parts instanceof Tuple tuple ? tuple : List.of(parts);
    return all.stream().anyMatch(part -> matches.test(Values.text(part, "what is compared")));
  }

  private static String removePrefix(String text, String prefix) {
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  private static String removeSuffix(String text, String suffix) {
    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
  }

  String replace(String text, String old, String replacement, long count) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    int at = text.indexOf(old);
    while (at >= 0 && left-- > 0) {
      budget.charge((long) at - from + replacement.length());
      out.append(text, from, at).append(replacement);
      from = at;
      if (old.isEmpty()) {
        // Between all characters, and at both ends.
        if (at == text.length()) {
          break;
        }
        int next = at + Character.charCount(text.codePointAt(at));
        out.append(text, at, next);
        from = next;
        at = next;
      } else {
        from = at + old.length();
        at = text.indexOf(old, from);
      }
    }
    budget.charge(text.length() - from);
    return out.append(text, from, text.length()).toString();
  }

  private String join(String separator, Object items) {
    StringBuilder out = new StringBuilder();
    String between = "";
    for (Object item : Values.items(items)) {
      String text = Values.text(item, "an item to join");
      budget.charge((long) between.length() + text.length());
      out.append(between).append(text);
      between = separator;
    }
    return out.toString();
  }

  private static long position(String text, int index) {
    return index < 0 ? -1 : text.codePointCount(0, index);
  }

  private static long found(long position) {
    if (position < 0) {
      throw new Failure("the text has no such part");
    }
    return position;
  }

  static long count(String text, String part) {
    if (part.isEmpty()) {
      return Values.length(text) + 1;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
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

  private String zeros(String text, long width) {
    long missing = Math.max(0, width - Values.length(text));
    budget.charge(missing);
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String zeros = "0".repeat((int) missing);
    return signed ? text.charAt(0) + zeros + text.substring(1) : zeros + text;
  }

  /** {@code left} is the share of the padding that goes before the text. */
  String pad(String text, Args args, double left) {
    long missing = Math.max(0, args.whole(0, "width", 0) - Values.length(text));
    String fill = args.text(1, "fillchar", " ");
    if (Values.length(fill) != 1) {
      throw new Failure("the fill must be one character");
    }
    budget.charge(missing * fill.length());
    int before = (int) (missing * left);
    return fill.repeat(before) + text + fill.repeat((int) missing - before);
  }
}
