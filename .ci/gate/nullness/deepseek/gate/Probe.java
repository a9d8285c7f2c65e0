package deepseek.gate;

import java.util.Map;

/** NullAway has to refuse it. */
final class Probe {
  static int length(Map<String, String> words, String key) {
    return words.get(key).length();
  }
}
