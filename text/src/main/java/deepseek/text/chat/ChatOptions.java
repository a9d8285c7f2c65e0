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
 * @param documents texts to answer from, for templates that know about them
 * @param variables passed on to the template, such as {@code enable_thinking}
 * @param specialTokens what special tokens in texts of the caller are
 * @param template which of a model's named templates; by itself {@code tool_use} when there are
 *     tools and the model has one, else {@code default}
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
    /** The words that make the model answer. */
    GENERATION_PROMPT,
    /** Nothing: the conversation as it is, for training. */
    NOTHING,
    /** Nothing, and the last message stays open for the model to continue. */
    CONTINUATION
  }

  /** What a special token is that stands in a message, tool, document or variable. */
  public enum SpecialTokensInTexts {
    /** Mere characters, so that no text can end a turn or begin one. */
    PLAIN,
    /** The token, as transformers has it: for callers who write the texts themselves. */
    TOKENS
  }

  /** Ready for the model to answer, without tools. */
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

  public ChatOptions withEnding(Ending newEnding) {
    return new ChatOptions(newEnding, tools, documents, variables, specialTokens, template);
  }

  public ChatOptions withTools(List<Map<String, ?>> newTools) {
    return new ChatOptions(ending, newTools, documents, variables, specialTokens, template);
  }

  public ChatOptions withDocuments(List<Map<String, ?>> newDocuments) {
    return new ChatOptions(ending, tools, newDocuments, variables, specialTokens, template);
  }

  /** Sets a variable of the template: {@code with("enable_thinking", false)}. */
  public ChatOptions with(String variable, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(variables);
    changed.put(variable, value);
    return new ChatOptions(ending, tools, documents, changed, specialTokens, template);
  }

  public ChatOptions withSpecialTokens(SpecialTokensInTexts newMeaning) {
    return new ChatOptions(ending, tools, documents, variables, newMeaning, template);
  }

  public ChatOptions withTemplate(String name) {
    return new ChatOptions(ending, tools, documents, variables, specialTokens, Optional.of(name));
  }
}
