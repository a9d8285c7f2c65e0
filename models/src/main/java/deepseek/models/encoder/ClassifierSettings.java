package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.encoder.SentenceSettings.Task;
import deepseek.models.encoder.TextNetwork.TypeIds;
import deepseek.text.tokenizer.Letters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a classifier's folder says besides the network itself. Without {@code modules.json}, which
 * sentence-transformers writes since version 5, what else lies in it says nothing.
 *
 * @param transformer folder of the network
 * @param maxTokens the length texts are cut to, where the folder names one
 * @param activation what makes a score of a logit for sentence-transformers, where the folder says
 * @param prompt what comes before a query, often empty
 */
record ClassifierSettings(
    Path transformer,
    OptionalInt maxTokens,
    Letters letters,
    TypeIds typeIds,
    Optional<TorchFunction> activation,
    String prompt) {

  private static final String TYPES = "token_type_ids";

  static ClassifierSettings read(Path folder) {
    Path transformer = SentenceModules.classifier(folder);
    ConfigJson tokenizer = SentenceSettings.tokenizer(transformer);
    boolean isPlain = !Files.exists(folder.resolve(SentenceModules.FILE));
    ConfigJson network =
        isPlain
            ? SentenceSettings.empty(transformer)
            : SentenceSettings.network(transformer, Task.LABELS);
    ConfigJson main =
        isPlain
            ? SentenceSettings.empty(folder)
            : SentenceSettings.optional(folder.resolve(SentenceSettings.MAIN));
    main.requireText("model_type", "CrossEncoder");
    Map<String, String> prompts = SentenceSettings.prompts(main);
    return new ClassifierSettings(
        transformer,
        SentenceSettings.maxTokens(network, tokenizer),
        SentenceSettings.letters(network),
        typeIds(tokenizer),
        TorchFunction.read(main, "activation_fn"),
        SentenceSettings.defaultPrompt(main, prompts).map(prompts::get).orElse(""));
  }

  private static TypeIds typeIds(ConfigJson tokenizer) {
    List<String> inputs = tokenizer.texts("model_input_names");
    return inputs.isEmpty() || inputs.contains(TYPES) ? TypeIds.OF_TOKENIZER : TypeIds.ZERO;
  }
}
