package deepseek.text.tokenizer;

/**
 * Bounds the backtracking of Oniguruma when it matches a regular expression at one position of a
 * text: after ten million steps it fails, and the native library panics.
 *
 * <p>The bound is derived from the expression's structure. A part that may match in {@code w} ways
 * lets the rest fail {@code w} times; an unbounded repetition over {@code n} characters has {@code
 * n} ways; a repetition of something with several ways has no useful bound. Unknown syntax is
 * assumed to be unbounded and to match the empty string.
 */
final class RegexCost {
  /** Slightly below Oniguruma's own limit. */
  private static final double MAX_STEPS = 9e6;

  /** Oniguruma compiles recursively, on the thread's stack. */
  private static final int MAX_DEPTH = 50;

  private static final int SPACE = 1;
  private static final int OTHER = 2;
  private static final int EITHER = SPACE | OTHER;
  private static final String SPACES =
      "\t\n\u000B\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
          + "\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

  /**
   * The maximum length of a text.
   *
   * @param chars the longest that is safe; 0 if none is
   * @param ofAKind whether it limits runs of spaces and runs without spaces, rather than the whole
   *     text
   */
  record Limit(int chars, boolean ofAKind) {}

  /**
   * The properties of a part of an expression.
   *
   * @param consumes every match consumes at least one character
   * @param fallible it may fail to match
   * @param kinds of characters it matches
   * @param ways how many matches it may have at one position
   * @param steps backtracking steps in it until its first match, or its failure
   * @param allSteps backtracking steps in it until all matches are tried
   */
  private record Part(
      boolean consumes, boolean fallible, int kinds, double ways, double steps, double allSteps) {
    static final Part NOTHING = new Part(false, false, 0, 1, 0, 0);
    static final Part ASSERTION = new Part(false, true, 0, 1, 1, 1);
    static final Part UNKNOWN =
        new Part(
            false,
            true,
            EITHER,
            Double.POSITIVE_INFINITY,
            Double.POSITIVE_INFINITY,
            Double.POSITIVE_INFINITY);

    static Part character(int kinds) {
      return new Part(true, true, kinds, 1, 1, 1);
    }

    /** This part as an atomic group, without backtracking after a match. */
    Part atomic() {
      return new Part(consumes, fallible, kinds, 1, steps, steps);
    }

    Part assertion() {
      return new Part(false, true, 0, 1, steps + 1, steps + 1);
    }

    Part or(Part next) {
      return new Part(
          consumes && next.consumes,
          fallible && next.fallible,
          kinds | next.kinds,
          ways + next.ways,
          steps + next.steps,
          allSteps + next.allSteps);
    }

    /** The concatenation: every way of this part is tried until one lets the next part match. */
    Part then(Part next) {
      double entered = next.fallible ? allSteps + ways * next.steps : steps + next.steps;
      return new Part(
          consumes || next.consumes,
          fallible || next.fallible,
          kinds | next.kinds,
          ways * next.ways,
          entered,
          allSteps + ways * next.allSteps);
    }

    Part repeated(double least, double most) {
      double rounds = Math.max(1, most);
      double all = ways == 1 ? most - least + 1 : Math.pow(ways, rounds) * rounds + 1;
      // A single character with a single way fails once, after the last.
      double inside = ways == 1 && steps <= 1 ? 1 : all * steps;
      double first = steps <= 1 ? 1 : rounds * steps;
      return new Part(consumes && least > 0, fallible && least > 0, kinds, all, first, inside);
    }
  }

  private final String regex;

  /** The maximum length of an unbounded repetition. */
  private final double chars;

  /** The same for repetitions of spaces only, or of anything but spaces. */
  private final double stretch;

  private int position;
  private boolean known = true;

  private RegexCost(String regex, double chars, double stretch) {
    this.regex = regex;
    this.chars = chars;
    this.stretch = stretch;
  }

  /** Whether every match certainly consumes at least one character; false if unknown. */
  static boolean consumes(String regex) {
    RegexCost reader = new RegexCost(regex, 1, 1);
    return reader.whole().consumes && reader.known;
  }

  static Limit limit(String regex) {
    int low = 0;
    int high = TextLimit.MAX_CHARS;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      boolean safe = isSafe(regex, middle, middle);
      low = safe ? middle : low;
      high = safe ? high : middle - 1;
    }
    return new Limit(low, isSafe(regex, TextLimit.MAX_CHARS, low));
  }

  private static boolean isSafe(String regex, double chars, double stretch) {
    return new RegexCost(regex, chars, stretch).whole().steps <= MAX_STEPS;
  }

  private Part whole() {
    Part all = alternatives(0);
    return known && position == regex.length() ? all : Part.UNKNOWN;
  }

  /** Parses alternatives up to a closing parenthesis or the end. */
  private Part alternatives(int depth) {
    Part all = sequence(depth);
    while (position < regex.length() && regex.charAt(position) == '|') {
      position++;
      all = all.or(sequence(depth));
    }
    return all;
  }

  private Part sequence(int depth) {
    Part all = Part.NOTHING;
    while (known && position < regex.length() && "|)".indexOf(regex.charAt(position)) < 0) {
      all = all.then(quantified(atom(depth)));
    }
    return all;
  }

  private Part atom(int depth) {
    char c = regex.charAt(position++);
    return switch (c) {
      case '(' -> group(depth + 1);
      case '[' -> Part.character(characterClass(0));
      case '\\' -> escape();
      case '.' -> Part.character(EITHER);
      case '^', '$' -> Part.ASSERTION;
      case '?', '*', '+', '{' -> unknown();
      default -> {
        position--;
        yield Part.character(kind(codePoint()));
      }
    };
  }

  private Part group(int depth) {
    if (depth > MAX_DEPTH) {
      return unknown();
    }
    String kind = "";
    int options = optionsEnd();
    if (options > 0) {
      position = options;
      return Part.NOTHING;
    }
    if (position < regex.length() && regex.charAt(position) == '?') {
      int start = position;
      while (position < regex.length() && ":=!>".indexOf(regex.charAt(position)) < 0) {
        position++;
      }
      position = Math.min(position + 1, regex.length());
      kind = regex.substring(start, position);
    }
    Part body = alternatives(depth);
    if (position == regex.length()) {
      return unknown();
    }
    position++;
    return switch (kind) {
      case "" -> body;
      case "?>" -> body.atomic();
      case "?=", "?!", "?<=", "?<!" -> body.assertion();
      default -> kind.matches("\\?[ims-]*:|\\?<\\w+>") ? body : unknown();
    };
  }

  /**
   * The end of an option such as {@code ?i)}, which applies to the rest of the group; 0 if there is
   * none.
   */
  private int optionsEnd() {
    int end = regex.indexOf(')', position);
    return end >= 0 && regex.substring(position, end).matches("\\?[ims-]+") ? end + 1 : 0;
  }

  private Part quantified(Part part) {
    Part all = part;
    while (position < regex.length()) {
      char c = regex.charAt(position++);
      switch (c) {
        case '?' -> all = repeated(all, 0, 1);
        case '*' -> all = repeated(all, 0, Double.POSITIVE_INFINITY);
        case '+' -> all = repeated(all, 1, Double.POSITIVE_INFINITY);
        case '{' -> {
          all = counted(all);
          // Here + is another repetition, as in Ruby's syntax.
          if (position < regex.length() && regex.charAt(position) == '?') {
            position++;
          }
          continue;
        }
        default -> {
          position--;
          return all;
        }
      }
      if (position < regex.length() && regex.charAt(position) == '+') {
        all = all.atomic();
        position++;
      } else if (position < regex.length() && regex.charAt(position) == '?') {
        position++;
      }
    }
    return all;
  }

  /** {@code n}, {@code n,}, {@code ,m} or {@code n,m} before a closing brace. */
  private Part counted(Part part) {
    int end = regex.indexOf('}', position);
    String text = end < 0 ? "" : regex.substring(position, end);
    if (!text.matches("\\d{1,5}(,\\d{0,5})?|,\\d{1,5}")) {
      return unknown();
    }
    position = end + 1;
    int comma = text.indexOf(',');
    String least = comma < 0 ? text : text.substring(0, comma);
    String most = text.substring(comma + 1);
    return repeated(
        part,
        least.isEmpty() ? 0 : Integer.parseInt(least),
        most.isEmpty() ? Double.POSITIVE_INFINITY : Integer.parseInt(most));
  }

  private Part repeated(Part part, double least, double most) {
    if (most == Double.POSITIVE_INFINITY) {
      return part.repeated(least, Math.max(least, part.kinds == EITHER ? chars : stretch));
    }
    return most < least ? unknown() : part.repeated(least, most);
  }

  private Part escape() {
    if (position >= regex.length()) {
      return unknown();
    }
    char c = regex.charAt(position);
    if ("bBAzZG".indexOf(c) >= 0) {
      position++;
      return Part.ASSERTION;
    }
    return Part.character(escapedKind());
  }

  /** The kinds of characters that an escape matches, in a character class or outside. */
  private int escapedKind() {
    char c = regex.charAt(position++);
    return switch (c) {
      case 's', 'n', 'r', 't', 'f', 'v' -> SPACE;
      case 'S', 'w', 'd', 'h' -> OTHER;
      case 'W', 'D', 'H', 'R' -> EITHER;
      case 'p', 'P' -> property(c == 'P');
      case 'x', 'u' -> kind(hexadecimal());
      default -> {
        if (Character.isLetterOrDigit(c)) {
          unknown();
        }
        position--;
        yield kind(codePoint());
      }
    };
  }

  private int property(boolean negated) {
    int end = regex.indexOf('}', position);
    if (end < 0 || regex.charAt(position) != '{') {
      unknown();
      return EITHER;
    }
    String name = regex.substring(position + 1, end);
    position = end + 1;
    boolean visible = name.matches("[LMNPS][a-z]?|Han|Hangul|Hiragana|Katakana");
    return !visible || negated ? EITHER : OTHER;
  }

  private int hexadecimal() {
    int end = position;
    if (end < regex.length() && regex.charAt(end) == '{') {
      end = regex.indexOf('}', ++position);
    } else {
      end = position + (regex.charAt(position - 1) == 'x' ? 2 : 4);
    }
    if (end < 0
        || end > regex.length()
        || !regex.substring(position, end).matches("\\p{XDigit}{1,6}")) {
      unknown();
      return 0;
    }
    int value = Integer.parseInt(regex.substring(position, end), 16);
    position = end + (end < regex.length() && regex.charAt(end) == '}' ? 1 : 0);
    return value;
  }

  /** Parses a class up to the closing bracket; an intersection is treated as its first operand. */
  private int characterClass(int depth) {
    boolean negated = position < regex.length() && regex.charAt(position) == '^';
    position += negated ? 1 : 0;
    int kinds = 0;
    boolean allSpaces = false;
    boolean intersected = false;
    while (known && position < regex.length()) {
      if (regex.charAt(position) == ']') {
        position++;
        if (!negated) {
          return kinds;
        }
        return allSpaces && !intersected ? OTHER : EITHER;
      }
      if (regex.startsWith("&&", position)) {
        position += 2;
        intersected = true;
      } else {
        allSpaces |= regex.startsWith("\\s", position);
        int member = member(depth);
        kinds |= intersected ? 0 : member;
      }
    }
    unknown();
    return EITHER;
  }

  private int member(int depth) {
    if (regex.startsWith("[:", position)) {
      int end = regex.indexOf(":]", position);
      position = end < 0 ? regex.length() : end + 2;
      return EITHER;
    }
    char c = regex.charAt(position);
    if (c == '[') {
      if (depth == MAX_DEPTH) {
        unknown();
      }
      position++;
      return characterClass(depth + 1);
    }
    if (c == '\\' && position + 1 < regex.length()) {
      position++;
      return escapedKind() | range(-1);
    }
    int from = codePoint();
    return kind(from) | range(from);
  }

  /** Parses the rest of a range {@code a-z}, if one begins here. */
  private int range(int from) {
    if (position + 1 >= regex.length()
        || regex.charAt(position) != '-'
        || "[]".indexOf(regex.charAt(position + 1)) >= 0) {
      return 0;
    }
    position++;
    if (from < 0 || regex.charAt(position) == '\\') {
      return EITHER;
    }
    int to = codePoint();
    return SPACES.chars().anyMatch(space -> from <= space && space <= to) ? EITHER : OTHER;
  }

  private int codePoint() {
    int c = regex.codePointAt(position);
    position += Character.charCount(c);
    return c;
  }

  private static int kind(int c) {
    return SPACES.indexOf(c) >= 0 ? SPACE : OTHER;
  }

  static boolean isSpace(char c) {
    return SPACES.indexOf(c) >= 0;
  }

  private Part unknown() {
    known = false;
    return Part.UNKNOWN;
  }
}
