package deepseek.text.chat;

import deepseek.text.chat.CallSyntax.DeepseekCalls;
import deepseek.text.chat.CallSyntax.JsonCalls;
import deepseek.text.chat.CallSyntax.NamedCalls;
import java.util.regex.Pattern;

/** How a family of models writes its tool calls. */
public enum ToolFormat {
  /** {@code <tool_call>{"name": ..., "arguments": ...}</tool_call>}: Qwen, Hermes, SmolLM. */
  HERMES("<tool_call>", "</tool_call>"),
  /** {@code [TOOL_CALLS][{"name": ..., "arguments": ...}]}, or {@code [TOOL_CALLS]name{...}}. */
  MISTRAL("[TOOL_CALLS]", ""),
  /** An answer that is {@code {"name": ..., "parameters": ...}}, perhaps after a marker. */
  LLAMA3("<|python_tag|>", ""),
  /** Between markers: the name, then the arguments, in V3 as a block of Markdown. */
  DEEPSEEK("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>");

  private static final Pattern TOOLS = Pattern.compile("\\btools\\b");

  private final String opening;
  private final String closing;

  ToolFormat(String opening, String closing) {
    this.opening = opening;
    this.closing = closing;
  }

  /** The format that a chat template writes earlier calls in. */
  public static ToolFormat of(String template) {
    for (ToolFormat format : new ToolFormat[] {DEEPSEEK, MISTRAL, HERMES, LLAMA3}) {
      if (template.contains(format.opening)) {
        return format;
      }
    }
    return template.contains("\"parameters\": ") ? LLAMA3 : HERMES;
  }

  /** Whether a chat template tells the model of its tools. */
  public static boolean isKnownTo(String template) {
    return TOOLS.matcher(template).find();
  }

  /** The marker before calls. */
  public String opening() {
    return opening;
  }

  /** The marker after calls; empty where the end of the answer is the end of its calls. */
  String closing() {
    return closing;
  }

  /** Whether calls may begin an answer without a marker. */
  boolean isBare() {
    return this == LLAMA3;
  }

  CallSyntax syntax() {
    return switch (this) {
      case HERMES, LLAMA3 -> new JsonCalls();
      case MISTRAL -> new NamedCalls();
      case DEEPSEEK -> new DeepseekCalls();
    };
  }
}
