package deepseek.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Formats floats for Python's format types, rounded from their exact value. */
final class Reals {
  private Reals() {}

  /** Formats a value that is not negative; {@code type} is 0 if none is given. */
  static String digits(double value, char type, int precision, boolean alternate) {
    String percent = type == '%' ? "%" : "";
    if (!Double.isFinite(value)) {
      String name = Double.isNaN(value) ? "nan" : "inf";
      return (Character.isUpperCase(type) ? name.toUpperCase(Locale.ROOT) : name) + percent;
    }
    int digits = precision == FormatSpec.NONE ? 6 : precision;
    String shown =
        switch (type) {
          case 'f', 'F' -> fixed(value, digits, alternate);
          case '%' -> fixed(value * 100, digits, alternate) + percent;
          case 'e', 'E' -> exponent(value, digits, alternate);
          case 'g', 'G' -> general(value, Math.max(1, digits), alternate);
          case 0 -> plain(value, precision, alternate);
          default -> throw new Failure("a format that is not supported: " + type + " for a float");
        };
    return Character.isUpperCase(type) ? shown.toUpperCase(Locale.ROOT) : shown;
  }

  private static String fixed(double value, int digits, boolean point) {
    String shown = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return point && digits == 0 ? shown + "." : shown;
  }

  private static String exponent(double value, int digits, boolean point) {
    BigDecimal rounded = rounded(value, digits + 1);
    int power = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    String all = value == 0 ? "0".repeat(digits + 1) : rounded.unscaledValue().toString();
    all += "0".repeat(digits + 1 - all.length());
    String mantissa = all.charAt(0) + (digits > 0 || point ? "." : "") + all.substring(1);
    return mantissa
        + (power < 0 ? "e-" : "e+")
        + (Math.abs(power) < 10 ? "0" : "")
        + Math.abs(power);
  }

  private static BigDecimal rounded(double value, int digits) {
    return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  /** A number of significant digits, without an exponent where that is shorter. */
  private static String general(double value, int digits, boolean alternate) {
    BigDecimal rounded = rounded(value, digits);
    int power = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    boolean far = power < -4 || power >= digits;
    String shown =
        far ? exponent(value, digits - 1, alternate) : fixed(value, digits - 1 - power, alternate);
    return alternate ? shown : withoutZeros(shown);
  }

  private static String withoutZeros(String shown) {
    int end = shown.indexOf('e') < 0 ? shown.length() : shown.indexOf('e');
    String mantissa = shown.substring(0, end);
    String kept = mantissa.contains(".") ? mantissa.replaceFirst("\\.?0+$", "") : mantissa;
    return kept + shown.substring(end);
  }

  /** As {@code repr}, or as {@code g} with at least one digit after the decimal point. */
  private static String plain(double value, int precision, boolean alternate) {
    if (precision == FormatSpec.NONE) {
      return PythonText.number(value);
    }
    int digits = Math.max(1, precision);
    BigDecimal rounded = rounded(value, digits);
    // The exponent begins one digit earlier than with "g", because of the digit after the point.
    if (value != 0 && rounded.precision() - rounded.scale() == digits) {
      String far = exponent(value, digits - 1, alternate);
      return alternate ? far : withoutZeros(far);
    }
    String shown = general(value, digits, alternate);
    return shown.contains(".") || shown.contains("e") ? shown : shown + ".0";
  }
}
