package deepseek.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.models.Checkpoint;
import deepseek.models.ConfigJson;
import deepseek.text.tokenizer.Letters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a sentence-transformers folder says besides the network itself. Without {@code modules.json}
 * a folder is a plain network, and what else lies in it says nothing, as for sentence-transformers.
 *
 * @param maxTokens the length texts are cut to, where the folder names one
 * @param pooling empty where the folder names none
 * @param truncateDim how many numbers of a vector are kept, where not all are
 * @param prompts texts put before a text, by name
 */
record SentenceSettings(
    SentenceModules modules,
    OptionalInt maxTokens,
    Letters letters,
    List<Pooling> pooling,
    PromptTokens promptTokens,
    OptionalInt truncateDim,
    Map<String, String> prompts,
    Optional<String> defaultPrompt) {

  /** What the Transformer module's own config may say that it is for. */
  enum Task {
    VECTORS("feature-extraction", "token_embeddings", "last_hidden_state"),
    LABELS("sequence-classification", "scores", "logits");

    private final String task;
    private final String output;
    private final String networkOutput;

    Task(String task, String output, String networkOutput) {
      this.task = task;
      this.output = output;
      this.networkOutput = networkOutput;
    }
  }

  /** Whether a prompt's tokens take part in pooling. */
  enum PromptTokens {
    POOLED,
    LEFT_OUT
  }

  static final String MAIN = "config_sentence_transformers.json";
  private static final String TOKENIZER = "tokenizer_config.json";
  private static final String MAX_LENGTH = "model_max_length";
  private static final String DEFAULT_PROMPT = "default_prompt_name";
  private static final List<String> TRANSFORMER_CONFIGS =
      List.of(
          "sentence_bert_config.json",
          "sentence_roberta_config.json",
          "sentence_distilbert_config.json",
          "sentence_camembert_config.json",
          "sentence_albert_config.json",
          "sentence_xlm-roberta_config.json",
          "sentence_xlnet_config.json");

  static SentenceSettings read(Path folder) {
    SentenceModules modules = SentenceModules.read(folder);
    Path transformer = modules.transformer();
    ConfigJson tokenizer = tokenizer(transformer);
    if (modules.pooling().isEmpty()) {
      return new SentenceSettings(
          modules,
          maxLength(tokenizer),
          Letters.AS_WRITTEN,
          List.of(),
          PromptTokens.POOLED,
          OptionalInt.empty(),
          Map.of(),
          Optional.empty());
    }
    ConfigJson network = network(transformer, Task.VECTORS);
    ConfigJson pooling = object(modules.pooling().get().resolve("config.json"));
    ConfigJson main = optional(folder.resolve(MAIN));
    main.requireText("model_type", "SentenceTransformer");
    Map<String, String> prompts = prompts(main);
    return new SentenceSettings(
        modules,
        maxTokens(network, tokenizer),
        letters(network),
        Pooling.read(pooling),
        pooling.flagOr("include_prompt", true) ? PromptTokens.POOLED : PromptTokens.LEFT_OUT,
        main.optionalSize("truncate_dim").map(OptionalInt::of).orElse(OptionalInt.empty()),
        prompts,
        defaultPrompt(main, prompts));
  }

  /** The tokenizer's config; texts are cut and padded at the end. */
  static ConfigJson tokenizer(Path transformer) {
    ConfigJson config = optional(transformer.resolve(TOKENIZER));
    config.requireText("truncation_side", "right");
    config.requireText("padding_side", "right");
    return config;
  }

  static Letters letters(ConfigJson network) {
    return network.flagOr("do_lower_case", false) ? Letters.LOWER_CASE : Letters.AS_WRITTEN;
  }

  /** The Transformer module's config, of which version 6 writes more than what is done here. */
  static ConfigJson network(Path transformer, Task task) {
    ConfigJson config =
        TRANSFORMER_CONFIGS.stream()
            .map(transformer::resolve)
            .filter(Files::exists)
            .findFirst()
            .map(SentenceSettings::object)
            .orElse(empty(transformer));
    config.requireText("transformer_task", task.task);
    config.requireText("module_output_name", task.output);
    config
        .object("modality_config")
        .flatMap(modality -> modality.object("text"))
        .ifPresent(text -> text.requireText("method_output_name", task.networkOutput));
    if (config.object("processing_kwargs").filter(kwargs -> !kwargs.json().isEmpty()).isPresent()) {
      throw config.wrong(
          "processing_kwargs", "empty", "some", "choose a model whose tokenizer is used plainly");
    }
    return config;
  }

  /** The first that is named: each takes the place of those after it, also of a smaller one. */
  static OptionalInt maxTokens(ConfigJson network, ConfigJson tokenizer) {
    for (String arguments : List.of("processor_kwargs", "tokenizer_args")) {
      Optional<ConfigJson> given = network.object(arguments).filter(c -> c.has(MAX_LENGTH));
      if (given.isPresent()) {
        return maxLength(given.get());
      }
    }
    Optional<Integer> own = network.optionalSize("max_seq_length");
    return own.isPresent() ? OptionalInt.of(own.get()) : maxLength(tokenizer);
  }

  /** A tokenizer's limit; "none" is written as a number beyond all lengths. */
  private static OptionalInt maxLength(ConfigJson config) {
    String field = config.has(MAX_LENGTH) ? MAX_LENGTH : "max_len";
    JsonNode limit = config.json().path(field);
    boolean none =
        !config.has(field) || (limit.isNumber() && limit.doubleValue() > Integer.MAX_VALUE);
    return none ? OptionalInt.empty() : OptionalInt.of(config.size(field));
  }

  /**
   * With pooling from the file of weights where the folder names none, and the mean of all tokens,
   * as sentence-transformers takes it, where neither does.
   */
  SentenceSettings withPoolingOf(Optional<ConfigJson> weights) {
    List<Pooling> chosen =
        pooling.isEmpty() ? weights.map(Pooling::read).orElse(List.of(Pooling.MEAN)) : pooling;
    return new SentenceSettings(
        modules, maxTokens, letters, chosen, promptTokens, truncateDim, prompts, defaultPrompt);
  }

  static Map<String, String> prompts(ConfigJson config) {
    Map<String, String> prompts = new LinkedHashMap<>();
    config
        .object("prompts")
        .ifPresent(
            all ->
                all.json()
                    .fieldNames()
                    .forEachRemaining(
                        name -> all.optionalText(name).ifPresent(t -> prompts.put(name, t))));
    return prompts;
  }

  /** The name of the prompt that is put before texts unless another is asked for. */
  static Optional<String> defaultPrompt(ConfigJson config, Map<String, String> prompts) {
    Optional<String> name = config.optionalText(DEFAULT_PROMPT);
    if (name.isPresent() && !prompts.containsKey(name.get())) {
      throw config.wrong(
          DEFAULT_PROMPT,
          "one of " + prompts.keySet(),
          "'" + name.get() + "'",
          "fix the file or download it again");
    }
    return name;
  }

  static ConfigJson empty(Path source) {
    return new ConfigJson(source.toString(), new ObjectNode(null));
  }

  static ConfigJson optional(Path file) {
    return Files.exists(file) ? object(file) : empty(file);
  }

  static ConfigJson object(Path file) {
    return Checkpoint.readConfig(file);
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException(
          "read " + file, "a readable file", e.toString(), "download the model again", e);
    }
  }
}
