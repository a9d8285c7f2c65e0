package deepseek.compute;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's complaint in our words. Checking happens in libtorch, which must do it anyway; the
 * text is made only once something went wrong, so that a right call pays nothing for it.
 */
final class OpFailure {
  private static final OpRules.Rule UNKNOWN =
      new OpRules.Rule("arguments that libtorch accepts", "check shapes, dtypes and devices");

  private OpFailure() {}

  static ComputeException explain(String name, RuntimeException cause, Tensor... operands) {
    if (cause instanceof ComputeException already) {
      return already;
    }
    String complaint =
        cause instanceof NullPointerException ? "null" : firstLine(cause.getMessage());
    String got = operands.length == 0 ? complaint : describe(operands) + " (" + complaint + ")";
    if (isOutOfMemory(complaint)) {
      return new ComputeException(
          name, "enough free memory", complaint, "use a smaller batch, context or dtype", cause);
    }
    if (isMissingDevice(complaint)) {
      return new ComputeException(
          name,
          "a device that is here and that libtorch was built for",
          complaint.split("\\. ", 2)[0],
          "use Device.CPU, or libtorch's libraries for the device",
          cause);
    }
    OpRules.Rule rule = OpRules.of(name).orElse(UNKNOWN);
    return new ComputeException(name, rule.expected(), got, rule.remedy(), cause);
  }

  /** What libtorch would take for something else than it is here. */
  static ComputeException refuse(String name, Tensor... operands) {
    OpRules.Rule rule = OpRules.of(name).orElse(UNKNOWN);
    return new ComputeException(name, rule.expected(), describe(operands), rule.remedy());
  }

  private static String describe(@Nullable Tensor... operands) {
    return Arrays.stream(operands)
        .map(t -> t == null ? "null" : t.describe())
        .collect(Collectors.joining(" and "));
  }

  private static boolean isOutOfMemory(String complaint) {
    String lower = complaint.toLowerCase(Locale.ROOT);
    return lower.contains("out of memory") || lower.contains("can't allocate memory");
  }

  private static boolean isMissingDevice(String complaint) {
    return complaint.startsWith("Could not run 'aten::")
        || complaint.contains("not linked with support for")
        || complaint.contains("invalid device ordinal");
  }

  /** libtorch appends its C++ stack; the first line is for people. */
  private static String firstLine(@Nullable String message) {
    if (message == null) {
      return "no reason given";
    }
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
