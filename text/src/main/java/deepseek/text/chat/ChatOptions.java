package deepseek.text.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How to render a conversation.
 *
 * @param ending what follows the last message
 * @param tools JSON schemas of the functions the model may call
 * @param documents texts to answer from, for templates that support them
 * @param variables passed on to the template, such as {@code enable_thinking}
 * @param specialTokens how special tokens in texts of the caller are treated
 * @param template which of a model's named templates; if empty, {@code tool_use} if there are tools
 *     and the model has one, else {@code default}
 */
public record ChatOptions(
    Ending ending,
    List<Map<String, ?>> tools,
    List<Map<String, ?>> documents,
    Map<String, ? extends @Nullable Object> variables,
    SpecialTokensInTexts specialTokens,
    Optional<String> template) {

  /** What follows the last message. */
  public enum Ending {
    /** The generation prompt, after which the model answers. */
    GENERATION_PROMPT,
    /** Nothing, for training. */
    NOTHING,
    /** Nothing, and the last message is left open for the model to continue. */
    CONTINUATION
  }

  /** How a special token in a message, tool, document or variable is treated. */
  public enum SpecialTokensInTexts {
    /** As plain text, so that no text can end or begin a turn. */
    PLAIN,
    /** As the token, like transformers: for callers who write the texts themselves. */
    TOKENS
  }

  /** With the generation prompt, without tools. */
  public static final ChatOptions ANSWER =
      new ChatOptions(
          Ending.GENERATION_PROMPT,
          List.of(),
          List.of(),
          Map.of(),
          SpecialTokensInTexts.PLAIN,
          Optional.empty());

  public ChatOptions {
    tools = List.copyOf(tools);
    documents = List.copyOf(documents);
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /** A copy with another ending. */
  public ChatOptions withEnding(Ending newEnding) {
    return new ChatOptions(newEnding, tools, documents, variables, specialTokens, template);
  }

  /** A copy with the JSON schemas of the functions that the model may call. */
  public ChatOptions withTools(List<Map<String, ?>> newTools) {
    return new ChatOptions(ending, newTools, documents, variables, specialTokens, template);
  }

  /** A copy with documents to answer from. */
  public ChatOptions withDocuments(List<Map<String, ?>> newDocuments) {
    return new ChatOptions(ending, tools, newDocuments, variables, specialTokens, template);
  }

  /** A copy with a variable of the template set: {@code with("enable_thinking", false)}. */
  public ChatOptions with(String variable, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(variables);
    changed.put(variable, value);
    return new ChatOptions(ending, tools, documents, changed, specialTokens, template);
  }

  /** A copy with another treatment of special tokens in the caller's texts. */
  public ChatOptions withSpecialTokens(SpecialTokensInTexts newMeaning) {
    return new ChatOptions(ending, tools, documents, variables, newMeaning, template);
  }

  /** A copy that uses one of the model's named templates. */
  public ChatOptions withTemplate(String name) {
    return new ChatOptions(ending, tools, documents, variables, specialTokens, Optional.of(name));
  }
}
