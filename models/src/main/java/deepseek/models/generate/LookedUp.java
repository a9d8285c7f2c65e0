package deepseek.models.generate;

import java.util.HashMap;
import java.util.Map;

/** Guesses what followed the last time that the newest tokens stood there. */
record LookedUp(int ngram) implements Guesses {
  @Override
  public Map<Generating, int[]> guess(Map<Generating, Integer> most) {
    Map<Generating, int[]> found = new HashMap<>();
    most.forEach((sequence, count) -> found.put(sequence, guess(sequence, count)));
    return found;
  }

  private int[] guess(Generating s, int most) {
    int newest = s.size() - ngram;
    for (int at = newest - 1; at >= 0; at--) {
      if (isSame(s, at, newest)) {
        int from = at + ngram;
        return s.ids(from, Math.min(s.size(), from + most));
      }
    }
    return new int[0];
  }

  private boolean isSame(Generating s, int at, int other) {
    for (int i = ngram - 1; i >= 0; i--) {
      if (s.id(at + i) != s.id(other + i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void forget(Sequence sequence) {
    // it looks at the tokens alone
  }

  @Override
  public void close() {
    // it has nothing
  }
}
