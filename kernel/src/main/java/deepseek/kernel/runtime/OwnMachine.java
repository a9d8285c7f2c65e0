package deepseek.kernel.runtime;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Lines of C that end a compiler which makes code for another machine, as words of {@code CC} may
 * have it do: {@code -m32}, {@code -march}. A process would end at the first instruction that its
 * processor lacks.
 */
final class OwnMachine {
  private OwnMachine() {}

  /**
   * For the machine that this process runs on.
   *
   * @param flags what the compiler is told to use all the same
   */
  static String guard(List<String> flags) {
    return guard(CpuFeatures.detect().architecture(), CpuInfo.ofThisMachine().features(), flags);
  }

  /**
   * For a machine.
   *
   * @param features all that its processor has; none where the system doesn't say
   */
  static String guard(String architecture, Set<String> features, List<String> flags) {
    StringBuilder lines = new StringBuilder();
    String other =
        switch (architecture) {
          case "x86_64" -> "!defined __x86_64__ || __SIZEOF_POINTER__ != 8";
          case "aarch64" -> "!defined __aarch64__ || __SIZEOF_POINTER__ != 8";
          default -> "0";
        };
    lines.append(error(other, "it makes code for another machine than this " + architecture));
    if (!features.isEmpty()) {
      Map<String, String> lacking = CpuFeatures.flagsOfOthers(features);
      lacking.values().removeAll(flags);
      lacking.forEach(
          (name, flag) ->
              lines.append(
                  error(
                      "defined " + macro(flag),
                      "it uses " + name + ", which this processor lacks")));
    }
    // What it complains of otherwise is counted from the code's beginning.
    return lines.append("#line 1\n").toString();
  }

  /** What compilers define where they use something: {@code __AVX512F__} for -mavx512f. */
  private static String macro(String flag) {
    return "__" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT) + "__";
  }

  private static String error(String condition, String reason) {
    return "#if " + condition + "\n#error " + reason + "\n#endif\n";
  }
}
