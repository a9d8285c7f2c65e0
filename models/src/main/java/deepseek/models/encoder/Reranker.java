package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * How well texts answer a query, by a cross-encoder: a classifier of one label that reads query and
 * text together. More exact than the vectors of a {@link SentenceEncoder}, and slower, since each
 * pair is a run of the network: made for the few texts that a search found.
 *
 * <pre>{@code
 * try (var reranker = AutoModel.reranker("cross-encoder/ms-marco-MiniLM-L6-v2")) {
 *   reranker
 *       .rank("How many people live in Berlin?", texts, 3)
 *       .forEach(found -> System.out.println(found.score() + " " + found.text()));
 * }
 * }</pre>
 *
 * <p>Scores are those of sentence-transformers' {@code CrossEncoder}: the logit's sigmoid, or
 * whatever the model's folder names. Query and text together are cut to {@link #maxTokens}, at the
 * end of the longer one. Calls from several threads run together, as {@link Batching} says.
 */
public final class Reranker implements AutoCloseable {
  private static final String RANK = "rank texts";

  private final SequenceClassifier classifier;
  private final UnaryOperator<Tensor> activation;

  private Reranker(SequenceClassifier classifier) {
    if (classifier.labels().size() != 1) {
      throw new ModelException(
          "open a reranker",
          "a classifier of one label",
          "%d labels, %s".formatted(classifier.labels().size(), abridged(classifier.labels())),
          "its labels are AutoModel.classifier's");
    }
    this.classifier = classifier;
    this.activation = activation(classifier)::apply;
  }

  private static String abridged(List<String> labels) {
    int shown = 5;
    String first = String.join(", ", labels.subList(0, Math.min(shown, labels.size())));
    return labels.size() > shown ? first + ", ..." : first;
  }

  /** Where sentence-transformers looks for it: version 6, then 4 and 5, then those before. */
  private static TorchFunction activation(SequenceClassifier classifier) {
    ConfigJson config = classifier.config();
    Optional<ConfigJson> own =
        config.object("sentence_transformers").filter(c -> c.json().has("activation_fn"));
    return classifier
        .settings()
        .activation()
        .or(
            () ->
                own.isPresent()
                    ? TorchFunction.read(own.get(), "activation_fn")
                    : TorchFunction.read(config, "sbert_ce_default_activation_function"))
        .orElse(TorchFunction.SIGMOID);
  }

  /** Opens a model's folder, or its {@code .safetensors} file, on the CPU in float32. */
  public static Reranker open(Path model) {
    return open(model, ModelOptions.defaults());
  }

  /**
   * Opens a model's folder, or its {@code .safetensors} file.
   *
   * @throws deepseek.DeepseekException when a file is missing or damaged, they contradict each
   *     other, or the model is no classifier of one label
   */
  public static Reranker open(Path model, DType dtype, Device device) {
    return open(model, ModelOptions.defaults().withDtype(dtype).withDevice(device));
  }

  /**
   * Opens a model's folder, or its {@code .safetensors} file.
   *
   * @param options of which dtype, device and quantization count
   * @throws deepseek.DeepseekException as above
   */
  public static Reranker open(Path model, ModelOptions options) {
    SequenceClassifier classifier = SequenceClassifier.open(model, options);
    try {
      return new Reranker(classifier);
    } catch (RuntimeException e) {
      classifier.close();
      throw e;
    }
  }

  /**
   * A text and its score.
   *
   * @param index the text's place in the list that was ranked, from 0
   */
  public record Ranked(int index, String text, float score) {}

  /** Tokens that query and text are cut to, those around them included. */
  public int maxTokens() {
    return classifier.maxTokens();
  }

  /** The score of each text, in the order of the texts; the higher, the better it answers. */
  public float[] scores(String query, List<String> texts) {
    List<float[]> rows = classifier.ofPairs(pairs(query, texts), activation);
    float[] scores = new float[rows.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = rows.get(i)[0];
    }
    return scores;
  }

  /** The {@code top} texts of highest score, best first; of equal ones the earlier first. */
  public List<Ranked> rank(String query, List<String> texts, int top) {
    if (top < 1) {
      throw new ModelException(
          RANK, "at least 1 text to be wanted", Integer.toString(top), "ask for 1 or more");
    }
    float[] scores = scores(query, texts);
    return IntStream.range(0, scores.length)
        .mapToObj(i -> new Ranked(i, texts.get(i), scores[i]))
        .sorted(Comparator.comparingDouble(Ranked::score).reversed())
        .limit(top)
        .toList();
  }

  /** How many of these texts are cut, or their query is, to {@link #maxTokens} together. */
  public long countCut(String query, List<String> texts) {
    return classifier.countCutPairs(pairs(query, texts));
  }

  private List<TextPair> pairs(String query, List<String> texts) {
    ModelException.requirePresent(RANK, "a query", query);
    SequenceClassifier.requireAll("texts", texts);
    String asked = classifier.settings().prompt() + query;
    return texts.stream().map(text -> new TextPair(asked, text)).toList();
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
