package deepseek.kernel.runtime;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * C preprocessor checks that fail when the compiler targets another machine, as options in {@code
 * CC} such as {@code -m32} or {@code -march} can make it do. Otherwise the process would die at the
 * first instruction that its processor lacks.
 */
final class OwnMachine {
  private OwnMachine() {}

  /**
   * For the machine that this process runs on.
   *
   * @param flags instruction sets that the compiler is told to use anyway
   */
  static String guard(List<String> flags) {
    return guard(CpuFeatures.detect().architecture(), CpuInfo.ofThisMachine().features(), flags);
  }

  /**
   * For a machine.
   *
   * @param features all instruction sets of its processor; none if the system doesn't report them
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
    // Line numbers of other errors count from the start of the code.
    return lines.append("#line 1\n").toString();
  }

  /** The macro that compilers define for an instruction set: {@code __AVX512F__} for -mavx512f. */
  private static String macro(String flag) {
    return "__" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT) + "__";
  }

  private static String error(String condition, String reason) {
    return "#if " + condition + "\n#error " + reason + "\n#endif\n";
  }
}
