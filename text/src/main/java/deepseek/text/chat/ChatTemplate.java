package deepseek.text.chat;

import deepseek.files.DataException;
import deepseek.files.KeyValues;
import deepseek.text.jinja.Given;
import deepseek.text.jinja.JinjaTemplate;
import deepseek.text.jinja.Rendered;
import deepseek.text.tokenizer.PromptText;
import deepseek.text.tokenizer.SpecialTokens;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Renders a conversation in the format of the model's training data.
 *
 * <pre>{@code
 * var template = ChatTemplate.open(folder, tokenizer.specialTokens()).orElseThrow();
 * PromptText prompt = template.prompt(List.of(ChatMessage.user("Hi")), ChatOptions.ANSWER);
 * int[] ids = tokenizer.encodePrompt(prompt);
 * }</pre>
 *
 * <p>A model may have several named templates. Thread-safe. Rendering throws {@link DataException}
 * if the template rejects the messages or fails on them; see {@link JinjaTemplate}.
 */
public final class ChatTemplate {
  private static final String DEFAULT = "default";
  private static final String TOOL_USE = "tool_use";

  private final Map<String, String> sources;
  private final SpecialTokens specialTokens;
  private final Clock clock;
  private final Map<String, JinjaTemplate> parsed = new ConcurrentHashMap<>();

  private ChatTemplate(Map<String, String> sources, SpecialTokens specialTokens, Clock clock) {
    this.sources = new LinkedHashMap<>(sources);
    this.specialTokens = specialTokens;
    this.clock = clock;
  }

  /** A template from its source. */
  public static ChatTemplate of(String source, SpecialTokens specialTokens) {
    return new ChatTemplate(Map.of(DEFAULT, source), specialTokens, Clock.systemDefaultZone());
  }

  /**
   * The templates of a Hugging Face folder: {@code chat_template.jinja}, {@code
   * additional_chat_templates/}, or {@code chat_template} in {@code tokenizer_config.json}.
   */
  public static Optional<ChatTemplate> open(Path folder, SpecialTokens specialTokens) {
    return of(ChatTemplateFiles.read(folder), specialTokens);
  }

  /** The templates in a GGUF file's metadata. */
  public static Optional<ChatTemplate> ofGguf(KeyValues metadata, SpecialTokens specialTokens) {
    Map<String, String> sources = new LinkedHashMap<>();
    String key = "tokenizer.chat_template";
    metadata.text(key).ifPresent(source -> sources.put(DEFAULT, source));
    for (String name : metadata.texts(key + "s")) {
      metadata.text(key + "." + name).ifPresent(source -> sources.put(name, source));
    }
    return of(sources, specialTokens);
  }

  private static Optional<ChatTemplate> of(
      Map<String, String> sources, SpecialTokens specialTokens) {
    return sources.isEmpty()
        ? Optional.empty()
        : Optional.of(new ChatTemplate(sources, specialTokens, Clock.systemDefaultZone()));
  }

  /** The same templates with another clock for {@code strftime_now}. */
  public ChatTemplate withClock(Clock newClock) {
    return new ChatTemplate(sources, specialTokens, newClock);
  }

  /** Names of the templates, usually just {@code default}. */
  public List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /** The source of the template selected by {@code options}. */
  public String source(ChatOptions options) {
    String name = name(options);
    String source = sources.get(name);
    if (source == null) {
      throw new DataException(
          "choose a chat template",
          "one of " + String.join(", ", sources.keySet()),
          name,
          "pass one of these names");
    }
    return source;
  }

  private String name(ChatOptions options) {
    if (options.template().isPresent()) {
      return options.template().get();
    }
    if (!options.tools().isEmpty() && sources.containsKey(TOOL_USE)) {
      return TOOL_USE;
    }
    return DEFAULT;
  }

  /** Renders with the generation prompt. */
  public String render(List<ChatMessage> messages) {
    return render(messages, ChatOptions.ANSWER);
  }

  /**
   * Renders to plain text, in which special tokens of messages can't be distinguished from the
   * template's.
   */
  public String render(List<ChatMessage> messages, ChatOptions options) {
    return prompt(messages, options).text();
  }

  /** Renders to a text with the ranges in which special tokens are plain text. */
  public PromptText prompt(List<ChatMessage> messages, ChatOptions options) {
    return switch (options.ending()) {
      case GENERATION_PROMPT, NOTHING -> run(MessageFields.of(messages), options);
      case CONTINUATION -> {
        List<Map<String, @Nullable Object>> fields = MessageFields.of(messages);
        Continuation continuation = Continuation.open(fields);
        yield continuation.cut(run(fields, options));
      }
    };
  }

  private PromptText run(List<Map<String, @Nullable Object>> messages, ChatOptions options) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens.texts());
    options.variables().forEach((name, value) -> variables.put(name, variable(name, value)));
    variables.put("messages", MessageFields.given(messages));
    // Absent is None, not undefined: templates ask "tools is not none".
    variables.put("tools", options.tools().isEmpty() ? null : new Given(options.tools()));
    variables.put(
        "documents", options.documents().isEmpty() ? null : new Given(options.documents()));
    variables.put(
        "add_generation_prompt", options.ending() == ChatOptions.Ending.GENERATION_PROMPT);
    Rendered rendered =
        parsed.computeIfAbsent(source(options), JinjaTemplate::parse).render(variables, clock);
    return switch (options.specialTokens()) {
      case TOKENS -> PromptText.of(rendered.text());
      case PLAIN ->
          new PromptText(
              rendered.text(),
              rendered.given().stream()
                  .map(span -> new PromptText.Range(span.from(), span.to()))
                  .toList());
    };
  }

  /** A variable that overrides one of the tokenizer's special tokens is a special token as well. */
  private @Nullable Object variable(String name, @Nullable Object value) {
    return specialTokens.texts().containsKey(name) || name.endsWith("_token")
        ? value
        : MessageFields.givenUnlessWord(value);
  }
}
