package deepseek.text.grammar;

/** A place in a compiled rule; the numbers are those of other positions and of rules. */
sealed interface Position {
  /**
   * Takes one byte.
   *
   * @param edges first byte, last byte and next position of each range, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared or shared
  record Match(int[] edges) implements Position {
    /** The position after this byte, or -1. */
    int next(int octet) {
      for (int i = 0; i < edges.length && edges[i] <= octet; i += 3) {
        if (octet <= edges[i + 1]) {
          return edges[i + 2];
        }
      }
      return -1;
    }
  }

  /** Continues at each of several positions. */
  @SuppressWarnings("ArrayRecordComponent") // never compared or shared
  record Split(int[] next) implements Position {}

  /** Matches a rule, then continues. */
  record Call(int rule, int next) implements Position {}

  /** Matches a rule {@code min} to {@code max} times, counting, then continues. */
  record Counted(int rule, int min, int max, int next) implements Position {
    /** The count after one more; those that allow the same are one. */
    int more(int count) {
      return max == Expression.UNBOUNDED ? Math.min(count + 1, min) : count + 1;
    }
  }

  /** The end of a rule. */
  record End() implements Position {}
}
