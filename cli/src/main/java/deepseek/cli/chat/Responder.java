package deepseek.cli.chat;

import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.text.chat.ChatMessage;
import java.util.List;
import java.util.function.Consumer;

/** What answers a conversation, as {@code CausalLm.chat} does. */
@FunctionalInterface
public interface Responder {
  Generation answer(List<ChatMessage> messages, GenerationOptions options, Consumer<String> onText);
}
