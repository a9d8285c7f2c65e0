package deepseek.springai;

import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.TextAnswer;
import deepseek.models.generate.TextPart;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/**
 * A language model in this process as Spring AI's {@code ChatModel}. Messages hold text; tools are
 * told as the model's chat template does, and an output schema is kept to by a grammar. Safe for
 * use by several threads, whose requests run together.
 *
 * <pre>{@code
 * try (CausalLm model = AutoModel.causalLm("smollm2:135m")) {
 *   ChatClient chat = ChatClient.create(new InProcessChatModel(model));
 *   System.out.println(chat.prompt("Why is the sky blue?").call().content());
 * }
 * }</pre>
 *
 * <p>A prompt with options is answered by these, one without by the model's own. The tools that an
 * answer calls are run by the {@code ChatClient}; the calls of a stream come with its last
 * response. An interrupt of the thread that waits, or the end of a stream's subscription, ends the
 * answer. Reasoning is in the message's metadata, under {@code reasoningContent}.
 *
 * <p>Media, tools together with an output schema and other models by name are refused with {@code
 * ModelException}; a model whose queue is full throws {@code EngineBusyException}.
 */
public final class InProcessChatModel implements ChatModel {
  private static final String SET_UP = "set up a chat model";

  private final CausalLm model;
  private final InProcessChatOptions options;
  private final GenerationOptions generation;

  /** Greedy answers of up to 512 tokens, unless a prompt says otherwise. */
  public InProcessChatModel(CausalLm model) {
    this(model, InProcessChatOptions.builder().build(), GenerationOptions.defaults());
  }

  /**
   * Answers by these options.
   *
   * @param model stays the caller's, who closes it
   * @param options of prompts that have none; their model's name is told with each answer
   * @param generation what Spring AI has no options for, such as a seed, and what a prompt's
   *     options leave out
   */
  public InProcessChatModel(
      CausalLm model, InProcessChatOptions options, GenerationOptions generation) {
    ModelException.requirePresent(SET_UP, "a model", model);
    ModelException.requirePresent(SET_UP, "options", options);
    ModelException.requirePresent(SET_UP, "options of the generation", generation);
    this.model = model;
    this.options = options;
    this.generation = generation;
  }

  @Override
  public ChatOptions getOptions() {
    return options;
  }

  @Override
  public ChatResponse call(Prompt prompt) {
    ChatTask task = task(prompt);
    Answers answers = answers(task);
    try (TextAnswer answer = task.start()) {
      for (TextPart part : answer) {
        answers.push(part);
      }
      return answers.whole(answer.result());
    }
  }

  @Override
  public Flux<ChatResponse> stream(Prompt prompt) {
    return Flux.defer(
        () -> {
          ChatTask task = task(prompt);
          Answers answers = answers(task);
          TextAnswer answer = task.start();
          return JdkFlowAdapter.flowPublisherToFlux(answer)
              .concatMapIterable(answers::push)
              .concatWith(Flux.defer(() -> Flux.fromIterable(answers.finish(answer.result()))))
              .doOnCancel(answer::close);
        });
  }

  private ChatTask task(Prompt prompt) {
    ChatOptions asked = prompt.getOptions() == null ? options : prompt.getOptions();
    String name = asked.getModel();
    if (name != null && !name.equals(options.getModel())) {
      throw new ModelException(
          "choose a model",
          options.getModel() == null
              ? "no name, since there is one model"
              : "'" + options.getModel() + "'",
          "'" + name + "'",
          "leave it out");
    }
    return ChatTask.of(model, prompt, asked, generation);
  }

  private Answers answers(ChatTask task) {
    return new Answers(task.reader(), orEmpty(options.getModel()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
