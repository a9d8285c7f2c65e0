package deepseek.text.grammar;

import java.util.Arrays;
import java.util.List;

/** An immutable set of Unicode scalar values, so never a surrogate. */
final class CodePoints {
  static final CodePoints ALL = new CodePoints(new int[] {0, 0xD800, 0xE000, 0x110000});

  /** Where membership changes, ascending: the first code point in the set, the next that isn't. */
  private final int[] bounds;

  private CodePoints(int[] bounds) {
    this.bounds = bounds;
  }

  /** The scalar values from {@code first} to {@code last}, both included. */
  static CodePoints range(int first, int last) {
    return ALL.combine(new CodePoints(new int[] {first, last + 1}), (a, b) -> a && b);
  }

  /** The code points of a text. */
  static CodePoints of(String text) {
    return union(text.codePoints().mapToObj(c -> range(c, c)).toList());
  }

  static CodePoints union(List<CodePoints> sets) {
    CodePoints all = new CodePoints(new int[0]);
    for (CodePoints set : sets) {
      all = all.combine(set, (a, b) -> a || b);
    }
    return all;
  }

  CodePoints and(CodePoints other) {
    return combine(other, (a, b) -> a && b);
  }

  CodePoints without(CodePoints other) {
    return combine(other, (a, b) -> a && !b);
  }

  CodePoints complement() {
    return ALL.without(this);
  }

  boolean isEmpty() {
    return bounds.length == 0;
  }

  boolean contains(int codePoint) {
    int found = Arrays.binarySearch(bounds, codePoint);
    return ((found >= 0 ? found : -found - 2) & 1) == 0;
  }

  int rangeCount() {
    return bounds.length / 2;
  }

  int first(int range) {
    return bounds[2 * range];
  }

  int last(int range) {
    return bounds[2 * range + 1] - 1;
  }

  private interface Rule {
    boolean keeps(boolean inThis, boolean inOther);
  }

  private CodePoints combine(CodePoints other, Rule rule) {
    int[] merged = new int[bounds.length + other.bounds.length];
    int count = 0;
    int i = 0;
    int j = 0;
    while (i < bounds.length || j < other.bounds.length) {
      int here =
          Math.min(
              i < bounds.length ? bounds[i] : Integer.MAX_VALUE,
              j < other.bounds.length ? other.bounds[j] : Integer.MAX_VALUE);
      i += i < bounds.length && bounds[i] == here ? 1 : 0;
      j += j < other.bounds.length && other.bounds[j] == here ? 1 : 0;
      boolean kept = rule.keeps((i & 1) == 1, (j & 1) == 1);
      if (kept != ((count & 1) == 1)) {
        merged[count++] = here;
      }
    }
    return new CodePoints(Arrays.copyOf(merged, count));
  }
}
