package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Methods of {@code str} that split it. */
final class Splitting {
  private final Budget budget;

  Splitting(Budget budget) {
    this.budget = budget;
  }

  Optional<Callable> method(Str text, String name) {
    return switch (name) {
      case "split" -> Optional.of(args -> split(text, args));
      case "rsplit" -> Optional.of(args -> splitRight(text, args));
      case "splitlines" -> Optional.of(args -> lines(text, args.flag(0, "keepends", false)));
      case "partition" -> Optional.of(args -> partition(text, args.text(0, "sep"), false));
      case "rpartition" -> Optional.of(args -> partition(text, args.text(0, "sep"), true));
      default -> Optional.empty();
    };
  }

  private Str part(Str text, int from, int to) {
    budget.objects(1);
    budget.charge((long) to - from);
    return text.part(from, to);
  }

  List<Object> lines(Str text, boolean withEnds) {
    List<Object> lines = new ArrayList<>();
    for (PythonText.Line line : PythonText.lines(text.chars(), budget)) {
      lines.add(part(text, line.from(), withEnds ? line.next() : line.to()));
    }
    return lines;
  }

  private List<Object> split(Str text, Args args) {
    long limit = args.whole(1, "maxsplit", -1);
    if (args.get(0, "sep", None.NONE) instanceof None) {
      return words(text, limit);
    }
    List<Object> parts = new ArrayList<>();
    String separator = separator(args);
    int from = 0;
    int at = text.chars().indexOf(separator);
    while (at >= 0 && (limit < 0 || parts.size() < limit)) {
      parts.add(part(text, from, at));
      from = at + separator.length();
      at = text.chars().indexOf(separator, from);
    }
    parts.add(part(text, from, text.length()));
    return parts;
  }

  /** Words between runs of whitespace; after {@code limit} words the rest is the last item. */
  private List<Object> words(Str text, long limit) {
    String chars = text.chars();
    List<Object> words = new ArrayList<>();
    int from = nextWord(chars, 0);
    while (from < chars.length()) {
      boolean rest = limit >= 0 && words.size() >= limit;
      int to = rest ? chars.length() : from;
      while (to < chars.length() && !PythonText.isSpace(chars.charAt(to))) {
        to++;
      }
      words.add(part(text, from, to));
      from = nextWord(chars, to);
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

  private List<Object> splitRight(Str text, Args args) {
    long limit = args.whole(1, "maxsplit", -1);
    if (limit < 0) {
      return split(text, args);
    }
    if (args.get(0, "sep", None.NONE) instanceof None) {
      return lastWords(text, limit);
    }
    String separator = separator(args);
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    int at = text.chars().lastIndexOf(separator);
    while (at >= 0 && parts.size() < limit) {
      parts.add(part(text, at + separator.length(), to));
      to = at;
      at = text.chars().lastIndexOf(separator, at - separator.length());
    }
    parts.add(part(text, 0, to));
    return parts.reversed();
  }

  /** The last {@code limit} words, and before them the rest as the first item. */
  private List<Object> lastWords(Str text, long limit) {
    String chars = text.chars();
    List<Object> words = new ArrayList<>();
    int to = lastEnd(chars, chars.length());
    while (to > 0) {
      int from = words.size() >= limit ? 0 : to;
      while (from > 0 && !PythonText.isSpace(chars.charAt(from - 1))) {
        from--;
      }
      words.add(part(text, from, to));
      to = lastEnd(chars, from);
    }
    return words.reversed();
  }

  private static int lastEnd(String text, int from) {
    int i = from;
    while (i > 0 && PythonText.isSpace(text.charAt(i - 1))) {
      i--;
    }
    return i;
  }

  private static String separator(Args args) {
    String separator = args.chars(0, "sep");
    if (separator.isEmpty()) {
      throw new Failure("an empty separator");
    }
    return separator;
  }

  private Tuple partition(Str text, Str separator, boolean fromRight) {
    String sign = separator.chars();
    if (sign.isEmpty()) {
      throw new Failure("an empty separator");
    }
    int at = fromRight ? text.chars().lastIndexOf(sign) : text.chars().indexOf(sign);
    if (at < 0) {
      return new Tuple(
          fromRight ? List.of(Str.EMPTY, Str.EMPTY, text) : List.of(text, Str.EMPTY, Str.EMPTY));
    }
    int next = at + sign.length();
    return new Tuple(
        List.of(part(text, 0, at), part(text, at, next), part(text, next, text.length())));
  }
}
