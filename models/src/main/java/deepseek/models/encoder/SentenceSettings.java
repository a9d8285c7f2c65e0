package deepseek.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.models.Checkpoint;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
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

  /** Whether a prompt's tokens take part in pooling. */
  enum PromptTokens {
    POOLED,
    LEFT_OUT
  }

  private static final String MAIN = "config_sentence_transformers.json";
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

  SentenceSettings {
    if (defaultPrompt.isPresent() && !prompts.containsKey(defaultPrompt.get())) {
      throw new ModelException(
          "read " + MAIN,
          DEFAULT_PROMPT + " to be one of " + prompts.keySet(),
          "'" + defaultPrompt.get() + "'",
          "fix the file or download it again");
    }
  }

  static SentenceSettings read(Path folder) {
    SentenceModules modules = SentenceModules.read(folder);
    Path transformer = modules.transformer();
    ConfigJson tokenizer = optional(transformer.resolve(TOKENIZER));
    tokenizer.requireText("truncation_side", "right");
    tokenizer.requireText("padding_side", "right");
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
    ConfigJson network = network(transformer);
    ConfigJson pooling = object(modules.pooling().get().resolve("config.json"));
    ConfigJson main = optional(folder.resolve(MAIN));
    main.requireText("model_type", "SentenceTransformer");
    return new SentenceSettings(
        modules,
        maxTokens(network, tokenizer),
        network.flagOr("do_lower_case", false) ? Letters.LOWER_CASE : Letters.AS_WRITTEN,
        Pooling.read(pooling),
        pooling.flagOr("include_prompt", true) ? PromptTokens.POOLED : PromptTokens.LEFT_OUT,
        main.optionalSize("truncate_dim").map(OptionalInt::of).orElse(OptionalInt.empty()),
        prompts(main),
        main.optionalText(DEFAULT_PROMPT));
  }

  /** The Transformer module's config, of which version 6 writes more than what is done here. */
  private static ConfigJson network(Path transformer) {
    ConfigJson config =
        TRANSFORMER_CONFIGS.stream()
            .map(transformer::resolve)
            .filter(Files::exists)
            .findFirst()
            .map(SentenceSettings::object)
            .orElse(empty(transformer));
    config.requireText("transformer_task", "feature-extraction");
    config.requireText("module_output_name", "token_embeddings");
    config
        .object("modality_config")
        .flatMap(modality -> modality.object("text"))
        .ifPresent(text -> text.requireText("method_output_name", "last_hidden_state"));
    if (config.object("processing_kwargs").filter(kwargs -> !kwargs.json().isEmpty()).isPresent()) {
      throw config.wrong(
          "processing_kwargs", "empty", "some", "choose a model whose tokenizer is used plainly");
    }
    return config;
  }

  /** The first that is named: each takes the place of those after it, also of a smaller one. */
  private static OptionalInt maxTokens(ConfigJson network, ConfigJson tokenizer) {
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

  private static Map<String, String> prompts(ConfigJson config) {
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

  private static ConfigJson empty(Path source) {
    return new ConfigJson(source.toString(), new ObjectNode(null));
  }

  private static ConfigJson optional(Path file) {
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
