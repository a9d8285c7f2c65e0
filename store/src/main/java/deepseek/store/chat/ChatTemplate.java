package deepseek.store.chat;

import deepseek.store.StoreException;
import deepseek.store.gguf.GgufMetadata;
import deepseek.store.jinja.JinjaTemplate;
import deepseek.store.tokenizer.SpecialTokens;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Renders a conversation as the model saw conversations in training.
 *
 * <pre>{@code
 * var template = ChatTemplate.open(folder, tokenizer.specialTokens()).orElseThrow();
 * String prompt = template.render(List.of(ChatMessage.user("Hi")), ChatOptions.ANSWER);
 * int[] ids = tokenizer.encodePrompt(prompt);
 * }</pre>
 *
 * <p>A model may have several templates by name. Thread-safe. Rendering throws {@link
 * StoreException} when the template refuses the messages or can't handle them; see {@link
 * JinjaTemplate}.
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

  /** A template by its source. */
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
  public static Optional<ChatTemplate> ofGguf(GgufMetadata metadata, SpecialTokens specialTokens) {
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

  /** Names of the templates, mostly just {@code default}. */
  public List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /** The source of the template that {@code options} choose. */
  public String source(ChatOptions options) {
    String name = name(options);
    String source = sources.get(name);
    if (source == null) {
      throw new StoreException(
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

  /** Renders for the model to answer. */
  public String render(List<ChatMessage> messages) {
    return render(messages, ChatOptions.ANSWER);
  }

  public String render(List<ChatMessage> messages, ChatOptions options) {
    return switch (options.ending()) {
      case GENERATION_PROMPT, NOTHING -> run(fields(messages), options);
      case CONTINUATION -> {
        List<Map<String, @Nullable Object>> fields = fields(messages);
        Continuation continuation = Continuation.open(fields);
        yield continuation.cut(run(fields, options));
      }
    };
  }

  private String run(List<Map<String, @Nullable Object>> messages, ChatOptions options) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens.texts());
    variables.putAll(options.variables());
    variables.put("messages", messages);
    // Absent is None, not undefined: templates ask "tools is not none".
    variables.put("tools", options.tools().isEmpty() ? null : options.tools());
    variables.put("documents", options.documents().isEmpty() ? null : options.documents());
    variables.put(
        "add_generation_prompt", options.ending() == ChatOptions.Ending.GENERATION_PROMPT);
    return parsed.computeIfAbsent(source(options), JinjaTemplate::parse).render(variables, clock);
  }

  /** Templates differ in what they call the reasoning; as in transformers, each finds its name. */
  private static List<Map<String, @Nullable Object>> fields(List<ChatMessage> messages) {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (ChatMessage message : messages) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
      Object reasoning = null;
      for (String name : List.of("reasoning_content", "thinking", "reasoning")) {
        reasoning = reasoning == null ? fields.get(name) : reasoning;
      }
      if (reasoning != null) {
        fields.putIfAbsent("thinking", reasoning);
        fields.put("reasoning_content", reasoning);
      }
      all.add(fields);
    }
    return all;
  }
}
