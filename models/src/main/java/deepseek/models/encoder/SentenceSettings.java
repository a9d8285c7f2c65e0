package deepseek.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.store.StoreException;
import deepseek.store.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a sentence-transformers folder says beside the network itself.
 *
 * @param transformer folder of config, weights and tokenizer
 * @param maxTokens the length texts are cut to, where the folder names one
 * @param pooling empty where the folder has no {@code modules.json}
 * @param prompts texts put before a text, by name
 */
record SentenceSettings(
    Path transformer,
    OptionalInt maxTokens,
    Letters letters,
    List<Pooling> pooling,
    PromptTokens promptTokens,
    Length length,
    Map<String, String> prompts,
    Optional<String> defaultPrompt) {

  /** Whether texts are lower-cased before the tokenizer sees them. */
  enum Letters {
    AS_WRITTEN,
    LOWER_CASE
  }

  /** Whether a prompt's tokens take part in pooling. */
  enum PromptTokens {
    POOLED,
    LEFT_OUT
  }

  /** Whether vectors are scaled to length one. */
  enum Length {
    AS_IS,
    ONE
  }

  private static final String MODULES = "modules.json";
  private static final List<String> TRANSFORMER_CONFIGS =
      List.of(
          "sentence_bert_config.json",
          "sentence_roberta_config.json",
          "sentence_xlm-roberta_config.json");

  SentenceSettings {
    if (defaultPrompt.isPresent() && !prompts.containsKey(defaultPrompt.get())) {
      throw new ModelException(
          "read config_sentence_transformers.json",
          "default_prompt_name to be one of " + prompts.keySet(),
          "'" + defaultPrompt.get() + "'",
          "fix the file or download it again");
    }
  }

  static SentenceSettings read(Path folder) {
    List<Stage> stages = stages(folder);
    Path transformer = folder.resolve(stages.getFirst().path());
    ConfigJson network =
        TRANSFORMER_CONFIGS.stream()
            .map(transformer::resolve)
            .filter(Files::exists)
            .findFirst()
            .map(SentenceSettings::object)
            .orElse(empty(transformer));
    Optional<ConfigJson> pooling =
        stages.size() > 1
            ? Optional.of(object(folder.resolve(stages.get(1).path()).resolve("config.json")))
            : Optional.empty();
    Path promptFile = folder.resolve("config_sentence_transformers.json");
    ConfigJson prompts = Files.exists(promptFile) ? object(promptFile) : empty(promptFile);
    return new SentenceSettings(
        transformer,
        network.optionalSize("max_seq_length").map(OptionalInt::of).orElse(OptionalInt.empty()),
        network.flagOr("do_lower_case", false) ? Letters.LOWER_CASE : Letters.AS_WRITTEN,
        pooling.map(Pooling::read).orElse(List.of()),
        pooling.map(p -> p.flagOr("include_prompt", true)).orElse(true)
            ? PromptTokens.POOLED
            : PromptTokens.LEFT_OUT,
        stages.size() > 2 ? Length.ONE : Length.AS_IS,
        prompts(prompts),
        prompts.optionalText("default_prompt_name"));
  }

  /**
   * With pooling from the file of weights where the folder names none, and the mean of all tokens,
   * as sentence-transformers takes it, where neither does.
   */
  SentenceSettings withPoolingOf(Optional<ConfigJson> weights) {
    List<Pooling> chosen =
        pooling.isEmpty() ? weights.map(Pooling::read).orElse(List.of(Pooling.MEAN)) : pooling;
    return new SentenceSettings(
        transformer, maxTokens, letters, chosen, promptTokens, length, prompts, defaultPrompt);
  }

  /** One entry of modules.json: the class that runs and where its files are. */
  private record Stage(String kind, String path) {}

  private static List<Stage> stages(Path folder) {
    Path file = folder.resolve(MODULES);
    if (!Files.exists(file)) {
      return List.of(new Stage("Transformer", ""));
    }
    List<Stage> stages = new ArrayList<>();
    for (JsonNode module : StrictJson.array("read " + file, bytes(file))) {
      String type = module.path("type").asText();
      String path = module.path("path").asText();
      if (!folder.resolve(path).normalize().startsWith(folder.normalize())) {
        throw new ModelException(
            "read " + file, "a path inside the folder", "'" + path + "'", "don't use this model");
      }
      stages.add(new Stage(type.substring(type.lastIndexOf('.') + 1), path));
    }
    List<String> kinds = stages.stream().map(Stage::kind).toList();
    List<String> known = List.of("Transformer", "Pooling", "Normalize");
    if (kinds.size() < 2 || kinds.size() > 3 || !kinds.equals(known.subList(0, kinds.size()))) {
      throw new ModelException(
          "read " + file,
          "the modules Transformer, Pooling and, if wanted, Normalize",
          String.join(", ", kinds),
          "choose a model made of these");
    }
    return stages;
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

  static ConfigJson object(Path file) {
    return new ConfigJson(file.toString(), StrictJson.object("read " + file, bytes(file)));
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new StoreException(
          "read " + file, "a readable file", e.toString(), "download the model again", e);
    }
  }
}
