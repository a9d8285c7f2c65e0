package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A {@code str} that tracks which of its characters come from {@link Given} values, so that these
 * can be distinguished from the template's own in the output. Equality depends on the characters
 * only, not on their origin.
 */
final class Str {
  private static final int[] NOWHERE = {};

  static final Str EMPTY = of("");

  private final String chars;

  /** Alternating starts and ends of the ranges of given characters: ascending and not adjacent. */
  private final int[] given;

  Str(String chars, int[] given) {
    this.chars = chars;
    this.given = given;
  }

  /** A string of the template itself. */
  static Str of(String chars) {
    return new Str(chars, NOWHERE);
  }

  /** A string all of whose characters are given. */
  static Str given(String chars) {
    return new Str(chars, chars.isEmpty() ? NOWHERE : new int[] {0, chars.length()});
  }

  static Str of(String chars, boolean given) {
    return given ? given(chars) : of(chars);
  }

  String chars() {
    return chars;
  }

  int length() {
    return chars.length();
  }

  boolean isEmpty() {
    return chars.isEmpty();
  }

  Str from(int begin) {
    return part(begin, chars.length());
  }

  Str part(int begin, int end) {
    if (begin == 0 && end == chars.length()) {
      return this;
    }
    String part = chars.substring(begin, end);
    if (given.length == 0 || part.isEmpty()) {
      return of(part);
    }
    int first = firstEndingAfter(begin);
    int last = first;
    while (last < given.length && given[last] < end) {
      last += 2;
    }
    int[] inside = Arrays.copyOfRange(given, first, last);
    for (int i = 0; i < inside.length; i++) {
      inside[i] = Math.clamp(inside[i], begin, end) - begin;
    }
    return new Str(part, inside);
  }

  /** Index in {@link #given} of the first range that ends after {@code place}. */
  private int firstEndingAfter(int place) {
    int low = 0;
    int high = given.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (given[2 * middle + 1] <= place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 2 * low;
  }

  /**
   * Applies a function. If the length changes, ranges can't be mapped, and the whole result counts
   * as given.
   */
  Str mapped(UnaryOperator<String> change) {
    String changed = change.apply(chars);
    if (given.length == 0) {
      return of(changed);
    }
    return changed.length() == chars.length() ? new Str(changed, given) : given(changed);
  }

  /** Receives a range of characters of one origin. */
  interface Stretch {
    void accept(int from, int to, boolean given);
  }

  /** Visits all ranges in order. */
  void stretches(Stretch heard) {
    int at = 0;
    for (int i = 0; i < given.length; i += 2) {
      if (at < given[i]) {
        heard.accept(at, given[i], false);
      }
      heard.accept(given[i], given[i + 1], true);
      at = given[i + 1];
    }
    if (at < chars.length()) {
      heard.accept(at, chars.length(), false);
    }
  }

  List<Rendered.Span> givenSpans() {
    List<Rendered.Span> spans = new ArrayList<>(given.length / 2);
    for (int i = 0; i < given.length; i += 2) {
      spans.add(new Rendered.Span(given[i], given[i + 1]));
    }
    return spans;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Str str && chars.equals(str.chars);
  }

  @Override
  public int hashCode() {
    return chars.hashCode();
  }

  @Override
  public String toString() {
    return chars;
  }
}
