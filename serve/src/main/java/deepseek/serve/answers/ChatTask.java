package deepseek.serve.answers;

import deepseek.text.chat.ChatMessage;
import deepseek.text.grammar.Grammar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to answer.
 *
 * @param form what the answer must be
 * @param variables for the chat template, such as {@code enable_thinking}
 * @param field of the request that holds the conversation, for errors
 */
public record ChatTask(
    List<ChatMessage> messages,
    ToolSet tools,
    Optional<Grammar> form,
    Map<String, ? extends @Nullable Object> variables,
    String field) {}
