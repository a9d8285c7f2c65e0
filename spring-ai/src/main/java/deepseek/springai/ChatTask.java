package deepseek.springai;

import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.TextAnswer;
import deepseek.text.chat.AnswerReader;
import deepseek.text.chat.ChatPrompt;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.grammar.Grammar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/** A prompt as the model takes it. */
record ChatTask(CausalLm model, ChatPrompt prompt, GenerationOptions options) {

  /** With {@code options} for what the prompt's options say nothing of. */
  static ChatTask of(CausalLm model, Prompt prompt, ChatOptions asked, GenerationOptions options) {
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
    List<Map<String, ?>> tools = tools(asked);
    Optional<Grammar> form = form(asked);
    if (form.isPresent() && !tools.isEmpty()) {
      throw new ModelException(
          "chat with tools",
          "an answer of no set form",
          "an output schema besides",
          "leave one of them out");
    }
    var messages = Messages.of(prompt.getInstructions());
    var chat = deepseek.text.chat.ChatOptions.ANSWER.withTools(tools);
    ChatPrompt put =
        form.isPresent()
            ? ChatPrompt.ofForm(template, model.tokenizer(), messages, chat)
            : ChatPrompt.of(template, model.tokenizer(), messages, chat);
    GenerationOptions all = options(options, asked);
    return new ChatTask(model, put, form.map(all::withGrammar).orElse(all));
  }

  private static List<Map<String, ?>> tools(ChatOptions asked) {
    return asked instanceof ToolCallingChatOptions options && options.getToolCallbacks() != null
        ? options.getToolCallbacks().stream()
            .<Map<String, ?>>map(tool -> Schemas.tool(tool.getToolDefinition()))
            .toList()
        : List.of();
  }

  private static Optional<Grammar> form(ChatOptions asked) {
    return asked instanceof StructuredOutputChatOptions options
        ? Optional.ofNullable(options.getOutputSchema()).map(Schemas::grammar)
        : Optional.empty();
  }

  private static GenerationOptions options(GenerationOptions options, ChatOptions asked) {
    Sampling sampling = options.sampling();
    if (asked.getTemperature() != null) {
      sampling = sampling.withTemperature(asked.getTemperature());
    }
    if (asked.getTopP() != null) {
      sampling = sampling.withTopP(asked.getTopP());
    }
    if (asked.getTopK() != null) {
      sampling = sampling.withTopK(asked.getTopK());
    }
    if (asked.getFrequencyPenalty() != null) {
      sampling = sampling.withFrequencyPenalty(asked.getFrequencyPenalty());
    }
    if (asked.getPresencePenalty() != null) {
      sampling = sampling.withPresencePenalty(asked.getPresencePenalty());
    }
    GenerationOptions all = options.withSampling(sampling);
    if (asked.getMaxTokens() != null) {
      all = all.withMaxNewTokens(asked.getMaxTokens());
    }
    List<String> stops = asked.getStopSequences();
    return stops == null || stops.isEmpty() ? all : all.withStop(stops);
  }

  /** Starts the answer. */
  TextAnswer start() {
    return model.submit(prompt.ids(), options);
  }

  /** What reads the answer. */
  AnswerReader reader() {
    return new AnswerReader(model.tokenizer(), prompt);
  }
}
