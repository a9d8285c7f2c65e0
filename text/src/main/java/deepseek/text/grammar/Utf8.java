package deepseek.text.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles one set of code points to positions that match its UTF-8.
 *
 * @see <a href="https://swtch.com/~rsc/regexp/regexp3.html#step3">the splitting of ranges</a>
 */
final class Utf8 {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  /** Code points whose bytes vary independently of each other. */
  private record Range(int first, int last) {}

  private record Octets(int first, int last) {}

  private final Compiler compiler;
  private final int next;
  private final Map<List<List<Octets>>, Integer> known = new HashMap<>();

  /** Positions are added to the compiler, and continue at {@code next}. */
  Utf8(Compiler compiler, int next) {
    this.compiler = compiler;
    this.next = next;
  }

  int compile(CodePoints points) {
    List<List<Octets>> sequences = new ArrayList<>();
    for (int i = 0; i < points.rangeCount(); i++) {
      split(new Range(points.first(i), points.last(i)), sequences);
    }
    return position(sequences);
  }

  /** Of sequences in ascending order; those with the same first bytes share a position. */
  private int position(List<List<Octets>> sequences) {
    if (sequences.getFirst().isEmpty()) {
      return next;
    }
    Integer same = known.get(sequences);
    if (same != null) {
      return same;
    }
    List<Integer> edges = new ArrayList<>();
    for (int from = 0; from < sequences.size(); ) {
      Octets octets = sequences.get(from).getFirst();
      List<List<Octets>> rest = new ArrayList<>();
      int to = from;
      for (; to < sequences.size() && sequences.get(to).getFirst().equals(octets); to++) {
        rest.add(sequences.get(to).subList(1, sequences.get(to).size()));
      }
      edges.addAll(List.of(octets.first, octets.last, position(rest)));
      from = to;
    }
    int made =
        compiler.add(new Position.Match(edges.stream().mapToInt(Integer::intValue).toArray()));
    known.put(sequences, made);
    return made;
  }

  private static void split(Range whole, List<List<Octets>> sequences) {
    Deque<Range> open = new ArrayDeque<>(List.of(whole));
    while (!open.isEmpty()) {
      Range range = open.pop();
      int cut = cut(range);
      if (cut < range.last) {
        open.push(new Range(cut + 1, range.last));
        open.push(new Range(range.first, cut));
      } else {
        int[] first = encode(range.first);
        int[] last = encode(range.last);
        List<Octets> octets = new ArrayList<>();
        for (int i = 0; i < first.length; i++) {
          octets.add(new Octets(first[i], last[i]));
        }
        sequences.add(octets);
      }
    }
  }

  /** The last code point of the part that comes first; the last of all if no cut is needed. */
  private static int cut(Range range) {
    for (int last : LAST_OF_LENGTH) {
      if (range.first <= last && last < range.last) {
        return last;
      }
    }
    for (int bits = 6; bits < 6 * encode(range.last).length; bits += 6) {
      int mask = (1 << bits) - 1;
      if ((range.first & ~mask) != (range.last & ~mask)) {
        if ((range.first & mask) != 0) {
          return range.first | mask;
        }
        if ((range.last & mask) != mask) {
          return (range.last & ~mask) - 1;
        }
      }
    }
    return range.last;
  }

  private static int[] encode(int point) {
    if (point <= 0x7F) {
      return new int[] {point};
    }
    if (point <= 0x7FF) {
      return new int[] {0xC0 | point >> 6, tail(point)};
    }
    if (point <= 0xFFFF) {
      return new int[] {0xE0 | point >> 12, tail(point >> 6), tail(point)};
    }
    return new int[] {0xF0 | point >> 18, tail(point >> 12), tail(point >> 6), tail(point)};
  }

  private static int tail(int bits) {
    return 0x80 | (bits & 0x3F);
  }
}
