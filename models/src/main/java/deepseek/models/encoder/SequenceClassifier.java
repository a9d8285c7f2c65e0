package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Machine;
import deepseek.compute.Tensor;
import deepseek.models.Checkpoint;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.WeightParameters;
import deepseek.text.tokenizer.EncodedText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Texts and pairs of texts to logits, one per label: tokenizer, encoder and classification head.
 * Calls from several threads run together. Owns all three.
 */
final class SequenceClassifier implements AutoCloseable {
  private static final String CLASSIFY = "classify text";

  private final ClassifierSettings settings;
  private final ConfigJson config;
  private final List<String> labels;
  private final TextNetwork network;
  private final ClassificationHead head;
  private final SharedCalls calls = new SharedCalls(CLASSIFY, "classifier", "open the model again");

  private SequenceClassifier(
      ClassifierSettings settings,
      ConfigJson config,
      List<String> labels,
      TextNetwork network,
      ClassificationHead head) {
    this.settings = settings;
    this.config = config;
    this.labels = labels;
    this.network = network;
    this.head = head;
  }

  static SequenceClassifier open(Path model, ModelOptions options) {
    ClassifierSettings settings = ClassifierSettings.read(Checkpoint.folderOf(model));
    Path weights = Files.isDirectory(model) ? settings.transformer() : model;
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      ConfigJson config = checkpoint.config();
      List<String> labels = Labels.read(config);
      var exact = new WeightParameters(checkpoint.weights(), DType.FLOAT32, options.device());
      ClassificationHead head = EncoderFamilies.head(config, exact, labels.size());
      try {
        var parameters = WeightParameters.ofEncoder(checkpoint, options);
        TextNetwork network = network(settings, checkpoint, parameters, options.device());
        return new SequenceClassifier(settings, config, labels, network, head);
      } catch (RuntimeException e) {
        head.close();
        throw e;
      }
    }
  }

  private static TextNetwork network(
      ClassifierSettings settings,
      Checkpoint checkpoint,
      WeightParameters parameters,
      Device device) {
    Encoder encoder = EncoderFamilies.build(checkpoint.config(), parameters);
    try {
      return new TextNetwork(
          checkpoint.openTokenizer(settings.letters()),
          encoder,
          device,
          settings.maxTokens(),
          settings.typeIds());
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  ClassifierSettings settings() {
    return settings;
  }

  /** The network's config.json. */
  ConfigJson config() {
    return config;
  }

  /** Names of the labels in the order of their logits. */
  List<String> labels() {
    return labels;
  }

  int maxTokens() {
    return network.maxTokens();
  }

  /** What {@code activation} makes of each text's logits [B, C]. */
  List<float[]> ofTexts(List<String> texts, UnaryOperator<Tensor> activation) {
    requireAll("texts", texts);
    return run(texts, network::tokens, activation);
  }

  /** What {@code activation} makes of each pair's logits [B, C]. */
  List<float[]> ofPairs(List<TextPair> pairs, UnaryOperator<Tensor> activation) {
    requireAll("pairs", pairs);
    return run(pairs, network::tokens, activation);
  }

  private <T> List<float[]> run(
      List<T> inputs, Function<T, EncodedText> tokens, UnaryOperator<Tensor> activation) {
    return calls.run(
        () ->
            network.run(
                inputs.stream().map(tokens).toList(),
                text -> text.vector(0),
                first -> activation.apply(head.forward(first))));
  }

  long countCutTexts(List<String> texts) {
    requireAll("texts", texts);
    return calls.run(() -> texts.stream().filter(network::cuts).count());
  }

  long countCutPairs(List<TextPair> pairs) {
    requireAll("pairs", pairs);
    return calls.run(() -> pairs.stream().filter(network::cuts).count());
  }

  void batching(Batching batching) {
    ModelException.requirePresent("join calls", "how", batching);
    network.batching(batching);
  }

  EncoderStatistics statistics() {
    return network.statistics();
  }

  static void requireAll(String what, List<?> inputs) {
    ModelException.requirePresent(CLASSIFY, what, inputs);
    for (Object input : inputs) {
      ModelException.requirePresent(CLASSIFY, "each of the " + what, input);
    }
  }

  /** Waits for running calls; later ones are refused. */
  @Override
  public void close() {
    calls.close(
        () -> {
          network.close();
          head.close();
          Machine.giveBackFreeMemory();
        });
  }
}
