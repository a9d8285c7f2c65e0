package deepseek.compute;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's complaint in our words. Checking happens in libtorch, which must do it anyway; the
 * text is made only once something went wrong, so that a right call pays nothing for it.
 */
final class OpFailure {
  private record Rule(String expected, String remedy) {}

  private static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry(
              "matmul", new Rule("[.., n, k] x [.., k, m]", "transpose or reshape one operand")),
          Map.entry(
              "linear",
              new Rule(
                  "input [.., in], weight [out, in] and bias [out] of one dtype",
                  "check the layer's input size and dtype")),
          Map.entry(
              "reshape",
              new Rule(
                  "as many elements as the tensor has", "check the sizes; -1 infers one of them")),
          Map.entry(
              "embedding",
              new Rule(
                  "integer ids from 0 up to the table's rows",
                  "check that tokenizer and model belong together")),
          Map.entry(
              "cat",
              new Rule("tensors of equal sizes but for the joined dim", "slice or pad them first")),
          Map.entry("stack", new Rule("tensors of equal shape", "slice or pad them first")),
          Map.entry(
              "attention",
              new Rule(
                  "query [B, N, L, H], key and value [B, K, S, H], mask that broadcasts to"
                      + " [B, N, L, S]",
                  "check heads and head size")),
          Map.entry(
              "backward",
              new Rule(
                  "a scalar computed from a tensor with requiresGrad",
                  "call sum() or mean() first, and set requiresGrad before the forward pass")));

  private OpFailure() {}

  static ComputeException explain(String name, RuntimeException cause, Tensor... operands) {
    if (cause instanceof ComputeException already) {
      return already;
    }
    String complaint = firstLine(cause.getMessage());
    String shapes =
        operands.length == 0
            ? complaint
            : Arrays.stream(operands).map(Tensor::describe).collect(Collectors.joining(" and "));
    if (isOutOfMemory(complaint)) {
      return new ComputeException(
          name, "enough free memory", complaint, "use a smaller batch, context or dtype", cause);
    }
    Rule rule = RULES.get(name);
    if (rule == null) {
      return new ComputeException(
          name,
          "arguments that libtorch accepts",
          operands.length == 0 ? complaint : shapes + " (" + complaint + ")",
          "check shapes, dtypes and devices",
          cause);
    }
    String got = operands.length == 0 ? complaint : shapes + " (" + complaint + ")";
    return new ComputeException(name, rule.expected(), got, rule.remedy(), cause);
  }

  private static boolean isOutOfMemory(String complaint) {
    String lower = complaint.toLowerCase(Locale.ROOT);
    return lower.contains("out of memory") || lower.contains("can't allocate memory");
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
