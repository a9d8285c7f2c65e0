package deepseek.langchain4j;

import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.generate.GenerationOptions;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;

/**
 * The model of chats, and what holds where a request says nothing.
 *
 * @param model stays the caller's, who closes it
 * @param options what requests have no parameters for, such as a seed, and the defaults of those
 *     that {@code parameters} leaves out
 * @param parameters the defaults of requests; their model's name is told with each answer
 * @param listeners hear of requests, answers and errors
 */
public record ChatSettings(
    CausalLm model,
    GenerationOptions options,
    ChatRequestParameters parameters,
    List<ChatModelListener> listeners) {
  private static final String SETTINGS = "set up a chat model";

  public ChatSettings {
    ModelException.requirePresent(SETTINGS, "a model", model);
    ModelException.requirePresent(SETTINGS, "options", options);
    ModelException.requirePresent(SETTINGS, "parameters", parameters);
    ModelException.requirePresent(SETTINGS, "listeners", listeners);
    listeners = List.copyOf(listeners);
  }

  /** Greedy answers of up to 512 tokens, unless a request says otherwise. */
  public static ChatSettings of(CausalLm model) {
    return new ChatSettings(
        model, GenerationOptions.defaults(), ChatRequestParameters.builder().build(), List.of());
  }

  /** With other options where neither a request nor the parameters say anything. */
  public ChatSettings withOptions(GenerationOptions value) {
    return new ChatSettings(model, value, parameters, listeners);
  }

  /** With other defaults of requests. */
  public ChatSettings withParameters(ChatRequestParameters value) {
    return new ChatSettings(model, options, value, listeners);
  }

  /** With these listeners. */
  public ChatSettings withListeners(List<ChatModelListener> value) {
    return new ChatSettings(model, options, parameters, value);
  }
}
