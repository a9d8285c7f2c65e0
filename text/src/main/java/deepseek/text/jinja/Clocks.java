package deepseek.text.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** {@code strftime} in the C locale. */
final class Clocks {
  private Clocks() {}

  static String format(ZonedDateTime time, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean unpadded = directive == '-' && i + 1 < format.length();
      if (unpadded) {
        directive = format.charAt(++i);
      }
      String field = field(time, directive);
      out.append(
          unpadded && field.startsWith("0") && field.length() > 1
              ? field.replaceFirst("^0+(?=.)", "")
              : field);
    }
    return out.toString();
  }

  private static String field(ZonedDateTime time, char directive) {
    return switch (directive) {
      case 'Y' -> pattern(time, "yyyy");
      case 'y' -> pattern(time, "yy");
      case 'm' -> pattern(time, "MM");
      case 'd' -> pattern(time, "dd");
      case 'e' -> String.format("%2d", time.getDayOfMonth());
      case 'j' -> pattern(time, "DDD");
      case 'H' -> pattern(time, "HH");
      case 'I' -> pattern(time, "hh");
      case 'M' -> pattern(time, "mm");
      case 'S' -> pattern(time, "ss");
      case 'f' -> pattern(time, "SSSSSS");
      case 'p' -> pattern(time, "a").toUpperCase(Locale.ROOT);
      case 'A' -> pattern(time, "EEEE");
      case 'a' -> pattern(time, "EEE");
      case 'B' -> pattern(time, "MMMM");
      case 'b', 'h' -> pattern(time, "MMM").substring(0, 3);
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'D' -> pattern(time, "MM/dd/yy");
      case 'F' -> pattern(time, "yyyy-MM-dd");
      case 'T' -> pattern(time, "HH:mm:ss");
      case 'R' -> pattern(time, "HH:mm");
      case 'c' -> pattern(time, "EEE MMM ") + field(time, 'e') + pattern(time, " HH:mm:ss yyyy");
      case 'x' -> pattern(time, "MM/dd/yy");
      case 'X' -> pattern(time, "HH:mm:ss");
      case 'z', 'Z' -> ""; // Python's now() has no time zone.
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      default -> throw new Failure("an unknown time format: %" + directive);
    };
  }

  private static String pattern(ZonedDateTime time, String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
  }
}
