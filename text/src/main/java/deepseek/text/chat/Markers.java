package deepseek.text.chat;

/** Markers that come in pieces. */
final class Markers {
  private Markers() {}

  /** How many letters at the end of {@code text} may be the beginning of {@code marker}. */
  static int heldBack(CharSequence text, String marker) {
    for (int n = Math.min(marker.length() - 1, text.length()); n > 0; n--) {
      if (endsWithBeginning(text, marker, n)) {
        return n;
      }
    }
    return 0;
  }

  private static boolean endsWithBeginning(CharSequence text, String marker, int n) {
    for (int i = 0; i < n; i++) {
      if (text.charAt(text.length() - n + i) != marker.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
