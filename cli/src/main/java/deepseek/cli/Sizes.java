package deepseek.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of memory as people write them: {@code 200MiB}, {@code 1.5 GB}, {@code 4096}. */
final class Sizes {
  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);
  private static final String PREFIXES = "kmgt";

  private Sizes() {}

  /** Reads a number of bytes; {@code k} is 1000, {@code Ki} is 1024. */
  static final class Converter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      Matcher matcher = TEXT.matcher(text.strip());
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "expected an amount of memory such as 200MiB or 1.5GB, got '" + text + "'");
      }
      int power = PREFIXES.indexOf(matcher.group(2).toLowerCase(Locale.ROOT)) + 1;
      double unit =
          Math.pow(
              matcher.group(3).isEmpty() ? 1000 : 1024, matcher.group(2).isEmpty() ? 0 : power);
      return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }
  }

  /** Writes a number of bytes with a decimal prefix and three digits: {@code 271 MB}. */
  static String text(long bytes) {
    return withPrefix((double) bytes) + "B";
  }

  /** Writes a number with a decimal prefix and three digits: {@code 1.39 T}. */
  static String withPrefix(double value) {
    double scaled = value;
    int power = 0;
    while (scaled >= 999.5 && power < PREFIXES.length()) {
      scaled /= 1000;
      power++;
    }
    String prefix = power == 0 ? "" : PREFIXES.substring(power - 1, power).toUpperCase(Locale.ROOT);
    int digits = scaled >= 99.95 || power == 0 ? 0 : scaled >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f %s", scaled, prefix.replace("K", "k"));
  }
}
