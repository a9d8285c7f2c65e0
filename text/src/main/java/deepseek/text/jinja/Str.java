package deepseek.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A {@code str} that remembers which of its characters were given from outside, so that these can
 * be told from the template's own in the output. Two are equal if their characters are, wherever
 * these come from.
 */
final class Str {
  private static final int[] NOWHERE = {};

  static final Str EMPTY = of("");

  private final String chars;

  /**
   * Where given characters begin and end, by turns: ascending, with a gap between two stretches.
   */
  private final int[] given;

  Str(String chars, int[] given) {
    this.chars = chars;
    this.given = given;
  }

  /** The template's own. */
  static Str of(String chars) {
    return new Str(chars, NOWHERE);
  }

  /** From outside, all of it. */
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

  /** Place in {@link #given} of the first stretch that ends behind {@code place}. */
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
   * Of a text whose length changes it can't be said what became of which part: all counts as given.
   */
  Str mapped(UnaryOperator<String> change) {
    String changed = change.apply(chars);
    if (given.length == 0) {
      return of(changed);
    }
    return changed.length() == chars.length() ? new Str(changed, given) : given(changed);
  }

  /** Hears of a stretch of characters of one kind. */
  interface Stretch {
    void accept(int from, int to, boolean given);
  }

  /** From front to back. */
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
