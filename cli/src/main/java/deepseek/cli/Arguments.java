package deepseek.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Command lines as people type them, in the order in which picocli reads them. */
final class Arguments {
  private static final List<String> VERBOSE = List.of("-v", "--verbose");

  private Arguments() {}

  /** {@code help VERB} becomes {@code VERB --help}; a {@code -v} before the verb goes after it. */
  static String[] inOrder(String... typed) {
    List<String> words = new ArrayList<>(Arrays.asList(typed));
    boolean verbose = false;
    while (words.size() > 1 && VERBOSE.contains(words.getFirst())) {
      words.removeFirst();
      verbose = true;
    }
    if (!words.isEmpty() && words.getFirst().equals("help")) {
      words.removeFirst();
      words.add("--help");
    } else if (verbose) {
      words.add(1, VERBOSE.getFirst());
    }
    return words.toArray(String[]::new);
  }
}
