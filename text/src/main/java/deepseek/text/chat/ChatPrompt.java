package deepseek.text.chat;

import deepseek.text.chat.AnswerParser.Expected;
import deepseek.text.chat.AnswerParser.Reasoning;
import deepseek.text.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A conversation as the model's tokens, and what an answer to it may have besides text.
 *
 * <p>A template that doesn't know tools gets them, calls and results as texts: {@link ToolPrompt}.
 */
public record ChatPrompt(int[] ids, Expected expected) {
  private static final String THINK = "<think>";
  private static final String NO_THOUGHT = "\n</think>\n\n";

  /** Enough for the text of a tag. */
  private static final int TAIL = 16;

  /**
   * The prompt for an answer that may have reasoning before its text, and calls of the tools of
   * {@code options}.
   *
   * @throws deepseek.files.DataException if the template refuses the conversation
   */
  public static ChatPrompt of(
      ChatTemplate template, Tokenizer tokenizer, List<ChatMessage> messages, ChatOptions options) {
    String source = template.source(options);
    List<ChatMessage> told =
        ToolFormat.isKnownTo(source) ? messages : ToolPrompt.told(messages, options.tools());
    int[] ids = tokenizer.encodePrompt(template.prompt(told, options));
    Set<String> tools = names(options.tools());
    Optional<ToolFormat> format =
        tools.isEmpty() ? Optional.empty() : Optional.of(ToolFormat.of(source));
    return new ChatPrompt(
        ids,
        new Expected(
            reasoning(tokenizer, ids, source),
            format,
            tools,
            tools.isEmpty() ? 0 : Integer.MAX_VALUE,
            false));
  }

  /**
   * The prompt for an answer that a grammar describes from its first letter: reasoning that the
   * template opens is closed, and all that comes is text.
   */
  public static ChatPrompt ofForm(
      ChatTemplate template, Tokenizer tokenizer, List<ChatMessage> messages, ChatOptions options) {
    ChatPrompt prompt = of(template, tokenizer, messages, options);
    boolean isOpen = prompt.expected.reasoning() == Reasoning.OPENED;
    int[] ids = isOpen ? joined(prompt.ids, tokenizer.encodePrompt(NO_THOUGHT)) : prompt.ids;
    return new ChatPrompt(ids, Expected.TEXT);
  }

  private static Set<String> names(List<Map<String, ?>> tools) {
    Set<String> names = new HashSet<>();
    for (Map<String, ?> tool : tools) {
      if (tool.get("function") instanceof Map<?, ?> function
          && function.get("name") instanceof String name) {
        names.add(name);
      }
    }
    return names;
  }

  private static Reasoning reasoning(Tokenizer tokenizer, int[] ids, String source) {
    int[] tail = Arrays.copyOfRange(ids, Math.max(0, ids.length - TAIL), ids.length);
    if (tokenizer.decodeWithSpecialTokens(tail).stripTrailing().endsWith(THINK)) {
      return Reasoning.OPENED;
    }
    return source.contains(THINK) || source.contains("reasoning_content")
        ? Reasoning.TAGGED
        : Reasoning.NONE;
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }
}
