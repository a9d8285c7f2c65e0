package deepseek.langchain4j;

import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.generate.EngineBusyException;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.TextAnswer;
import deepseek.text.chat.AnswerReader;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ChatPrompt;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.grammar.Grammar;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A request as the model takes it. */
record ChatTask(CausalLm model, ChatPrompt prompt, GenerationOptions options) {

  /** The request, in which the defaults of its parameters are set already. */
  static ChatTask of(ChatSettings settings, ChatRequest request) {
    CausalLm model = settings.model();
    refuseOtherModels(settings, request);
    ChatTemplate template =
        model
            .chatTemplate()
            .orElseThrow(
                () ->
                    new ModelException(
                        "chat",
                        "a model with a chat template",
                        "none in its files",
                        "use an instruct model"));
    List<Map<String, ?>> tools = tools(request);
    Optional<Grammar> form = Forms.of(request.responseFormat());
    if (form.isPresent() && !tools.isEmpty()) {
      throw Refusal.of(
          "chat with tools", "an answer of no set form", "a JSON response format besides");
    }
    var messages = Messages.of(request.messages());
    ChatOptions chat = ChatOptions.ANSWER.withTools(tools);
    ChatPrompt prompt =
        form.isPresent()
            ? ChatPrompt.ofForm(template, model.tokenizer(), messages, chat)
            : ChatPrompt.of(template, model.tokenizer(), messages, chat);
    GenerationOptions options = options(settings.options(), request);
    return new ChatTask(model, prompt, form.map(options::withGrammar).orElse(options));
  }

  private static void refuseOtherModels(ChatSettings settings, ChatRequest request) {
    String name = settings.parameters().modelName();
    if (request.modelName() != null && !request.modelName().equals(name)) {
      throw Refusal.of(
          "choose a model",
          name == null ? "no name, since there is one model" : "'" + name + "'",
          "'" + request.modelName() + "'");
    }
  }

  private static List<Map<String, ?>> tools(ChatRequest request) {
    List<ToolSpecification> tools = request.toolSpecifications();
    if (request.toolChoice() == ToolChoice.REQUIRED) {
      throw Refusal.of("choose a tool", "AUTO or NONE", "REQUIRED");
    }
    return tools == null || request.toolChoice() == ToolChoice.NONE
        ? List.of()
        : tools.stream().<Map<String, ?>>map(Forms::tool).toList();
  }

  private static GenerationOptions options(GenerationOptions options, ChatRequest request) {
    Sampling sampling = options.sampling();
    if (request.temperature() != null) {
      sampling = sampling.withTemperature(request.temperature());
    }
    if (request.topP() != null) {
      sampling = sampling.withTopP(request.topP());
    }
    if (request.topK() != null) {
      sampling = sampling.withTopK(request.topK());
    }
    if (request.frequencyPenalty() != null) {
      sampling = sampling.withFrequencyPenalty(request.frequencyPenalty());
    }
    if (request.presencePenalty() != null) {
      sampling = sampling.withPresencePenalty(request.presencePenalty());
    }
    GenerationOptions asked = options.withSampling(sampling);
    if (request.maxOutputTokens() != null) {
      asked = asked.withMaxNewTokens(request.maxOutputTokens());
    }
    List<String> stops = request.stopSequences();
    return stops == null || stops.isEmpty() ? asked : asked.withStop(stops);
  }

  /** Starts the answer. */
  TextAnswer start() {
    try {
      return model.submit(prompt.ids(), options);
    } catch (EngineBusyException e) {
      throw new RateLimitException(e);
    }
  }

  /** What reads the answer. */
  AnswerReader reader() {
    return new AnswerReader(model.tokenizer(), prompt);
  }
}
