package deepseek.text.jinja;

import java.util.Arrays;

/** Builds a {@link Str}, charging the {@link Budget} before it grows. */
final class StrBuilder {
  private final Budget budget;
  private final StringBuilder chars = new StringBuilder();
  private int[] given = {};
  private int places;

  StrBuilder(Budget budget) {
    this.budget = budget;
  }

  int length() {
    return chars.length();
  }

  /** Appends characters of the template itself. */
  StrBuilder append(String own) {
    return append(own, false);
  }

  StrBuilder append(String text, boolean isGiven) {
    budget.charge(text.length());
    if (isGiven) {
      mark(chars.length(), chars.length() + text.length());
    }
    chars.append(text);
    return this;
  }

  StrBuilder append(Str text) {
    return append(text, 0, text.length());
  }

  StrBuilder append(Str text, int from, int to) {
    Str part = text.part(from, to);
    budget.charge(part.length());
    put(part);
    return this;
  }

  /** Appends a text {@code times} times. */
  StrBuilder append(Str text, long times) {
    budget.charge(text.length(), times);
    for (long i = 0; i < times && !text.isEmpty(); i++) {
      put(text);
    }
    return this;
  }

  private void put(Str part) {
    int shift = chars.length();
    part.stretches(
        (begin, end, isGiven) -> {
          if (isGiven) {
            mark(shift + begin, shift + end);
          }
        });
    chars.append(part.chars());
  }

  private void mark(int from, int to) {
    if (from == to) {
      return;
    }
    if (places > 0 && given[places - 1] == from) {
      given[places - 1] = to;
      return;
    }
    if (places == given.length) {
      given = Arrays.copyOf(given, Math.max(8, 2 * places));
    }
    given[places++] = from;
    given[places++] = to;
  }

  Str str() {
    return new Str(chars.toString(), Arrays.copyOf(given, places));
  }
}
