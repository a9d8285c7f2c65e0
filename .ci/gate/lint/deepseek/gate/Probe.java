package deepseek.gate;

import java.util.ArrayList;
import java.util.List;

/** javac's lints have to refuse it. */
final class Probe {
  static List<String> words() {
    List words = new ArrayList<String>();
    return words;
  }
}
