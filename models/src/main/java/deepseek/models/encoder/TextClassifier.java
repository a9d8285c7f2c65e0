package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Labels of texts and of pairs of texts: sentiment, topic, whether one text follows from another.
 *
 * <pre>{@code
 * try (var classifier = AutoModel.classifier("cardiffnlp/twitter-roberta-base-sentiment-latest")) {
 *   System.out.println(classifier.classify("What a lovely day!").name());
 * }
 * }</pre>
 *
 * <p>Scores are those of transformers' text classification: the softmax of the logits; the sigmoid
 * of each where there is but one, or the config's {@code problem_type} is {@code
 * multi_label_classification}; the logits themselves where it is {@code regression}. Texts longer
 * than {@link #maxTokens} are cut, of a pair the longer one. Calls from several threads run
 * together, as {@link Batching} says.
 */
public final class TextClassifier implements AutoCloseable {
  private final SequenceClassifier classifier;
  private final UnaryOperator<Tensor> activation;

  private TextClassifier(SequenceClassifier classifier) {
    this.classifier = classifier;
    this.activation = activation(classifier.config(), classifier.labels().size());
  }

  private static UnaryOperator<Tensor> activation(ConfigJson config, int labels) {
    String type = config.optionalText("problem_type").orElse("single_label_classification");
    return switch (type) {
      case "regression" -> logits -> logits;
      case "multi_label_classification" -> Tensor::sigmoid;
      case "single_label_classification" ->
          labels == 1 ? Tensor::sigmoid : logits -> logits.softmax(1);
      default ->
          throw config.wrong(
              "problem_type",
              "regression, single_label_classification or multi_label_classification",
              "'" + type + "'",
              "choose a model with one of these");
    };
  }

  /** Opens a model's folder, or its {@code .safetensors} file, on the CPU in float32. */
  public static TextClassifier open(Path model) {
    return open(model, ModelOptions.defaults());
  }

  /**
   * Opens a model's folder, or its {@code .safetensors} file.
   *
   * @throws deepseek.DeepseekException when a file is missing or damaged, they contradict each
   *     other, or the model is no classifier of texts
   */
  public static TextClassifier open(Path model, DType dtype, Device device) {
    return open(model, ModelOptions.defaults().withDtype(dtype).withDevice(device));
  }

  /**
   * Opens a model's folder, or its {@code .safetensors} file.
   *
   * @param options of which dtype, device and quantization count
   * @throws deepseek.DeepseekException as above
   */
  public static TextClassifier open(Path model, ModelOptions options) {
    SequenceClassifier classifier = SequenceClassifier.open(model, options);
    try {
      return new TextClassifier(classifier);
    } catch (RuntimeException e) {
      classifier.close();
      throw e;
    }
  }

  /** A label and its score. */
  public record Label(String name, float score) {}

  /** Names of the labels, in the order of their scores. */
  public List<String> labels() {
    return classifier.labels();
  }

  /** Tokens a text or a pair is cut to, those around it included. */
  public int maxTokens() {
    return classifier.maxTokens();
  }

  /** The label of highest score; of equal ones the first. */
  public Label classify(String text) {
    ModelException.requirePresent("classify text", "a text", text);
    return highest(scores(List.of(text)).getFirst());
  }

  /** The label of highest score of two texts together; of equal ones the first. */
  public Label classify(TextPair pair) {
    ModelException.requirePresent("classify text", "a pair", pair);
    return highest(pairScores(List.of(pair)).getFirst());
  }

  private Label highest(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return new Label(labels().get(best), scores[best]);
  }

  /** The scores of all labels for each text. */
  public List<float[]> scores(List<String> texts) {
    return classifier.ofTexts(texts, activation);
  }

  /** The scores of all labels for each pair of texts. */
  public List<float[]> pairScores(List<TextPair> pairs) {
    return classifier.ofPairs(pairs, activation);
  }

  /** The logits of all labels for each text, from which the scores are made. */
  public List<float[]> logits(List<String> texts) {
    return classifier.ofTexts(texts, logits -> logits);
  }

  /** The logits of all labels for each pair of texts. */
  public List<float[]> pairLogits(List<TextPair> pairs) {
    return classifier.ofPairs(pairs, logits -> logits);
  }

  /** How many of these texts are cut to {@link #maxTokens}. */
  public long countCut(List<String> texts) {
    return classifier.countCutTexts(texts);
  }

  /** How many of these pairs are cut to {@link #maxTokens}. */
  public long countCutPairs(List<TextPair> pairs) {
    return classifier.countCutPairs(pairs);
  }

  /** How texts of several threads' calls run together from now on. */
  public void batching(Batching batching) {
    classifier.batching(batching);
  }

  /** What ran since this was opened. */
  public EncoderStatistics statistics() {
    return classifier.statistics();
  }

  /** Waits for running calls; later ones are refused. */
  @Override
  public void close() {
    classifier.close();
  }
}
