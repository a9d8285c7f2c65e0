package deepseek.serve.answers;

import deepseek.models.CausalLm;
import deepseek.serve.http.ApiException;
import deepseek.text.chat.AnswerParser.Expected;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ChatPrompt;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.chat.ToolFormat;
import deepseek.text.grammar.Grammar;
import deepseek.text.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts conversations to a model as its chat template says. Where a tool must be called the prompt
 * ends with the family's marker and the answer is held to a call by a grammar; where the answer has
 * a form the reasoning that the template opens is closed at once, since the form begins with the
 * answer's first letter.
 */
public final class ChatPrompts {
  private static final int MISTRAL_ID = 9;

  private final CausalLm model;
  private final Forms forms;

  /** Prompts for this model, which stays the caller's. */
  public ChatPrompts(CausalLm model, Forms forms) {
    this.model = model;
    this.forms = forms;
  }

  /** The prompt for a task. */
  public Prompt of(ChatTask task) {
    ToolSet tools = task.tools();
    boolean mustCall = tools.choice() == ToolSet.Choice.REQUIRED;
    if (task.form().isPresent() && tools.choice() != ToolSet.Choice.NONE) {
      throw ApiException.ofField(
          "tool_choice",
          "none, where the answer has a form of its own",
          mustCall ? "required" : "auto",
          "leave out the tools or the form");
    }
    ToolFormat format = ToolFormat.of(template(task).source(options(task)));
    Optional<Grammar> form = mustCall ? Optional.of(callForm(tools, format)) : task.form();
    ChatPrompt prompt = prompt(task, form.isPresent());
    int[] ids = mustCall ? joined(prompt.ids(), marker(format)) : prompt.ids();
    Optional<ToolFormat> looked =
        tools.choice() == ToolSet.Choice.AUTO ? Optional.of(format) : Optional.empty();
    return new Prompt(
        ids,
        form,
        new Expected(
            prompt.expected().reasoning(),
            looked,
            tools.callableNames(),
            tools.mostCalls(),
            mustCall),
        format == ToolFormat.MISTRAL ? MISTRAL_ID : 0);
  }

  private ChatTemplate template(ChatTask task) {
    return model
        .chatTemplate()
        .orElseThrow(
            () ->
                ApiException.ofField(
                    task.field(),
                    "a model with a chat template",
                    "one that only continues text",
                    "use /v1/completions, or an instruct model"));
  }

  private static ChatOptions options(ChatTask task) {
    ChatOptions options =
        ChatOptions.ANSWER.withTools(
            task.tools().callable().stream().<Map<String, ?>>map(ToolSet.Tool::plain).toList());
    for (Map.Entry<String, ? extends @Nullable Object> variable : task.variables().entrySet()) {
      options = options.with(variable.getKey(), variable.getValue());
    }
    return options;
  }

  private ChatPrompt prompt(ChatTask task, boolean hasForm) {
    ChatTemplate template = template(task);
    ChatOptions options = options(task);
    ChatPrompt prompt =
        hasForm
            ? ChatPrompt.ofForm(template, model.tokenizer(), task.messages(), options)
            : ChatPrompt.of(template, model.tokenizer(), task.messages(), options);
    if (prompt.ids().length >= model.contextLength()) {
      throw ApiException.ofField(
              task.field(),
              "at most " + (model.contextLength() - 1) + " tokens, the model's context",
              prompt.ids().length + "",
              "shorten the conversation")
          .withCode("context_length_exceeded");
    }
    return prompt;
  }

  private Grammar callForm(ToolSet tools, ToolFormat format) {
    String arguments = format == ToolFormat.LLAMA3 ? "parameters" : "arguments";
    return forms.ofSchema("tools", tools.callSchema(arguments));
  }

  private int[] marker(ToolFormat format) {
    return switch (format) {
      case HERMES -> encoded(format.opening() + "\n");
      case MISTRAL -> encoded(format.opening() + " [");
      case LLAMA3, DEEPSEEK -> new int[0];
    };
  }

  private int[] encoded(String text) {
    Tokenizer tokenizer = model.tokenizer();
    return tokenizer.encodePrompt(text);
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }
}
