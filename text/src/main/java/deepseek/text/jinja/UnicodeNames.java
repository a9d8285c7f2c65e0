package deepseek.text.jinja;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Characters by their Unicode names, where Java's differ from Python's. */
final class UnicodeNames {
  private static final Pattern IDEOGRAPH = Pattern.compile("CJK UNIFIED IDEOGRAPH-([0-9A-F]{4,5})");

  private UnicodeNames() {}

  static int codePoint(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    Matcher ideograph = IDEOGRAPH.matcher(upper);
    int found = ideograph.matches() ? Integer.parseInt(ideograph.group(1), 16) : known(upper);
    if (ideograph.matches() ? !isUnified(found) : !hasNameOfItsOwn(found)) {
      throw unknown(name);
    }
    return found;
  }

  private static int known(String name) {
    try {
      return Character.codePointOf(name);
    } catch (IllegalArgumentException e) {
      throw unknown(name);
    }
  }

  private static Failure unknown(String name) {
    return new Failure("a \\N escape with an unknown name: " + name);
  }

  private static boolean isUnified(int c) {
    return Character.isIdeographic(c)
        && String.valueOf(Character.getName(c)).startsWith("CJK UNIFIED IDEOGRAPHS");
  }

  /**
   * False for characters that Java names by block and number, or by an alias of a control
   * character.
   */
  private static boolean hasNameOfItsOwn(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED ->
          false;
      default -> !String.valueOf(Character.getName(c)).endsWith(" " + hex(c));
    };
  }

  private static String hex(int c) {
    return Integer.toHexString(c).toUpperCase(Locale.ROOT);
  }
}
