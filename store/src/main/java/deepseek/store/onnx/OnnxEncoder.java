package deepseek.store.onnx;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.Mapping;
import deepseek.store.WeightInfo;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A BERT or RoBERTa encoder in an ONNX file: its weights, and the configuration inferred from their
 * shapes and the graph's constants.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the format</a>
 */
public final class OnnxEncoder implements AutoCloseable {
  private static final Pattern LAYER = Pattern.compile("encoder\\.layer\\.(\\d{1,4})\\..*");

  /** Larger constants added to a variance are no epsilon. */
  private static final float MAX_EPSILON = 1e-3f;

  private final Mapping mapping;
  private final OnnxGraph graph;
  private final OnnxWeights weights;
  private final Map<String, OnnxTensor> constants = new HashMap<>();

  private OnnxEncoder(Mapping mapping) {
    this.mapping = mapping;
    this.graph = OnnxGraph.read(mapping.fileName(), mapping.segment());
    this.weights = new OnnxWeights(mapping, graph);
    constants.putAll(graph.initialisers());
    for (OnnxNode node : graph.nodes()) {
      node.constant()
          .filter(tensor -> node.operator().equals("Constant") && !node.outputs().isEmpty())
          .ifPresent(tensor -> constants.put(node.outputs().getFirst(), tensor));
    }
  }

  /**
   * Maps a file and reads its graph.
   *
   * @throws DataException if it is no ONNX file, or its tensors are in external files
   */
  public static OnnxEncoder open(Path path) {
    return Mapping.open(path, OnnxEncoder::new);
  }

  /** The weights, which this encoder owns. */
  public OnnxWeights weights() {
    return weights;
  }

  /**
   * The configuration under the names of Hugging Face's BertConfig.
   *
   * @throws DataException if the graph is no BERT or RoBERTa encoder
   */
  public ObjectNode config() {
    List<Long> words = shape("embeddings.word_embeddings.weight", 2);
    List<Long> positions = shape("embeddings.position_embeddings.weight", 2);
    long hidden = words.getLast();
    // RoBERTa counts positions of real tokens only, from pad + 1: a running sum of the mask.
    boolean roberta = has(node -> node.operator().equals("CumSum"));
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(roberta ? "RobertaModel" : "BertModel");
    config.put("model_type", roberta ? "roberta" : "bert");
    config.put("vocab_size", words.getFirst());
    config.put("hidden_size", hidden);
    config.put("num_hidden_layers", layers());
    config.put("num_attention_heads", heads(hidden));
    config.put("intermediate_size", shape("encoder.layer.0.intermediate.dense.bias", 1).getFirst());
    config.put("max_position_embeddings", positions.getFirst());
    config.put("type_vocab_size", shape("embeddings.token_type_embeddings.weight", 2).getFirst());
    config.put("layer_norm_eps", epsilon());
    config.put("hidden_act", activation());
    config.put("pad_token_id", roberta ? 1 : 0);
    config.put("position_embedding_type", "absolute");
    return config;
  }

  private List<Long> shape(String name, int rank) {
    if (!weights.names().contains(name)) {
      throw notAnEncoder("tensor '" + name + "'", weights.names().size() + " tensors without it");
    }
    WeightInfo info = weights.info(name);
    if (info.shape().size() != rank) {
      throw notAnEncoder("tensor '" + name + "' with " + rank + " dims", info.shape().toString());
    }
    return info.shape();
  }

  private int layers() {
    int layers = 0;
    for (String name : weights.names()) {
      Matcher layer = LAYER.matcher(name);
      if (layer.matches()) {
        layers = Math.max(layers, Integer.parseInt(layer.group(1)) + 1);
      }
    }
    return layers;
  }

  /** The sum with a linear layer's bias is reshaped to [..., heads or -1, size of a head]. */
  private long heads(long hidden) {
    Map<String, OnnxNode> makers = new HashMap<>();
    for (OnnxNode node : graph.nodes()) {
      node.outputs().forEach(output -> makers.putIfAbsent(output, node));
    }
    for (OnnxNode node : graph.nodes()) {
      if (node.operator().equals("Reshape")
          && node.inputs().size() == 2
          && addsBias(makers.get(node.inputs().getFirst()))) {
        List<Long> ending = constantEnding(node.inputs().get(1), makers);
        long size = ending.isEmpty() ? 0 : ending.getLast();
        if (ending.size() >= 2 && size > 0 && hidden % size == 0) {
          return hidden / size;
        }
      }
    }
    throw notAnEncoder("a Reshape of the query into heads", "none that splits " + hidden);
  }

  private boolean addsBias(@Nullable OnnxNode node) {
    return node != null
        && node.operator().equals("Add")
        && node.inputs().stream().anyMatch(name -> name.endsWith(".bias"));
  }

  /** The constant sizes of a shape, which is a constant or joined from sizes. */
  private List<Long> constantEnding(String shape, Map<String, OnnxNode> makers) {
    OnnxNode maker = makers.get(shape);
    return maker != null && maker.operator().equals("Concat")
        ? maker.inputs().stream().flatMap(name -> wholes(name).stream()).toList()
        : wholes(shape);
  }

  private List<Long> wholes(String name) {
    return Optional.ofNullable(constants.get(name))
        .map(tensor -> tensor.wholes(mapping.segment()))
        .orElse(List.of());
  }

  private double epsilon() {
    for (OnnxNode node : graph.nodes()) {
      Optional<Float> found =
          node.operator().equals("Add")
              ? node.inputs().stream()
                  .flatMap(name -> Optional.ofNullable(constants.get(name)).stream())
                  .flatMap(tensor -> tensor.single(mapping.segment()).stream())
                  .filter(value -> value > 0 && value < MAX_EPSILON)
                  .findFirst()
              : node.epsilon();
      if (found.isPresent()) {
        // Its shortest decimal form: 1.0E-12, not 9.999999960041972E-13.
        return Double.parseDouble(found.get().toString());
      }
    }
    throw notAnEncoder("the epsilon of a layer norm", "none");
  }

  private String activation() {
    if (has(node -> node.operator().equals("Erf") || node.operator().equals("Gelu"))) {
      return "gelu";
    }
    if (has(node -> node.operator().equals("Tanh"))) {
      return "gelu_new";
    }
    if (has(node -> node.operator().equals("Relu"))) {
      return "relu";
    }
    throw notAnEncoder("an Erf, Gelu, Tanh or Relu activation", "none");
  }

  private boolean has(Predicate<OnnxNode> wanted) {
    return graph.nodes().stream().anyMatch(wanted);
  }

  private DataException notAnEncoder(String expected, String got) {
    return new DataException(
        "read the configuration of " + mapping.fileName(),
        expected,
        got,
        "use an ONNX export of a BERT or RoBERTa encoder that no optimiser has fused");
  }

  @Override
  public void close() {
    weights.close();
  }
}
