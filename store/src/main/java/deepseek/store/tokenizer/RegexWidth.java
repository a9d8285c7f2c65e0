package deepseek.store.tokenizer;

/**
 * Tells whether every match of a regular expression takes at least one character. What it doesn't
 * know it takes for empty, so a yes is certain and a no is not.
 */
final class RegexWidth {
  private final String regex;
  private int position;

  private RegexWidth(String regex) {
    this.regex = regex;
  }

  static boolean consumes(String regex) {
    RegexWidth reader = new RegexWidth(regex);
    return reader.alternatives(0) && reader.position == regex.length();
  }

  /** Up to a closing parenthesis or the end; true if every alternative consumes. */
  private boolean alternatives(int depth) {
    boolean all = true;
    boolean current = false;
    while (position < regex.length() && regex.charAt(position) != ')') {
      if (regex.charAt(position) == '|') {
        position++;
        all &= current;
        current = false;
      } else {
        boolean atom = atom(depth);
        current |= !optional() && atom;
      }
    }
    return all && current;
  }

  private boolean atom(int depth) {
    char c = regex.charAt(position++);
    return switch (c) {
      case '(' -> group(depth + 1);
      case '[' -> characterClass();
      case '\\' -> escape();
      case '^', '$', '?', '*', '+', '{' -> false;
      default -> true;
    };
  }

  private boolean group(int depth) {
    if (depth > 50) {
      position = regex.length() + 1; // never equal to the length: the answer is no
      return false;
    }
    boolean counts = true;
    if (position < regex.length() && regex.charAt(position) == '?') {
      int colon = regex.indexOf(':', position);
      String kind = colon < 0 ? "" : regex.substring(position + 1, colon);
      counts = kind.matches("[imsx-]*");
      position = counts ? colon + 1 : position + 1;
    }
    boolean consumes = alternatives(depth);
    position++;
    return counts && consumes;
  }

  private boolean characterClass() {
    int nested = 1;
    while (position < regex.length() && nested > 0) {
      switch (regex.charAt(position++)) {
        case '\\' -> position++;
        case '[' -> nested++;
        case ']' -> nested--;
        default -> {
          // A member.
        }
      }
    }
    return nested == 0;
  }

  private boolean escape() {
    if (position >= regex.length()) {
      return false;
    }
    char c = regex.charAt(position++);
    if ((c == 'p' || c == 'P') && position < regex.length() && regex.charAt(position) == '{') {
      position = regex.indexOf('}', position) + 1;
      return position > 0;
    }
    return "sSdDwWntrR.-/'\"|()[]{}*+?^$\\".indexOf(c) >= 0;
  }

  private boolean optional() {
    boolean optional = false;
    while (position < regex.length()) {
      char c = regex.charAt(position);
      if (c == '?' || c == '*') {
        optional = true;
      } else if (c == '{') {
        int end = regex.indexOf('}', position);
        // Whatever is no plain {n} or {n,m} with n > 0.
        optional |= end < 0 || !regex.substring(position + 1, end).matches("[1-9]\\d*(,\\d*)?");
        position = end < 0 ? position : end;
      } else if (c != '+') {
        break;
      }
      position++;
    }
    return optional;
  }
}
