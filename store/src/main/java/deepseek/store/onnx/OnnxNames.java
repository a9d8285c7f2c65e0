package deepseek.store.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the Hugging Face names of a graph's weights.
 *
 * <p>Exporters convert a linear layer to {@code x · W + b}, in which W is [in, out] and loses its
 * name; but the bias keeps its name, and the addition follows the product, in quantised models
 * after a Cast and a Mul with the scale.
 */
final class OnnxNames {
  /** A weight's name in the file, and whether it is stored [in, out]. */
  record InitialiserRef(String initialiser, boolean transposed) {}

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String WORDS = "embeddings.word_embeddings.weight";
  private static final Set<String> PASSED = Set.of("Cast", "Mul");

  private final OnnxGraph graph;
  private final Map<String, OnnxNode> nextOf = new HashMap<>();
  private final Map<String, InitialiserRef> refs = new LinkedHashMap<>();

  private OnnxNames(OnnxGraph graph) {
    this.graph = graph;
  }

  /** The weights by their Hugging Face names, in file order. */
  static Map<String, InitialiserRef> of(OnnxGraph graph) {
    OnnxNames names = new OnnxNames(graph);
    names.findAll();
    return names.refs;
  }

  private void findAll() {
    for (OnnxNode node : graph.nodes()) {
      for (String input : node.inputs()) {
        nextOf.putIfAbsent(input, node);
      }
    }
    Map<String, InitialiserRef> linear = linearLayers();
    Set<String> used = new HashSet<>();
    linear.values().forEach(ref -> used.add(ref.initialiser()));
    String prefix = prefix();
    for (String name : graph.initialisers().keySet()) {
      if (!used.contains(name) && !isQuantisationPart(name)) {
        refs.put(bare(name, prefix), new InitialiserRef(name, false));
      }
    }
    linear.forEach((name, ref) -> refs.put(bare(name, prefix), ref));
  }

  private Map<String, InitialiserRef> linearLayers() {
    Map<String, InitialiserRef> linear = new LinkedHashMap<>();
    for (OnnxNode node : graph.nodes()) {
      if (node.inputs().size() < 2 || node.outputs().isEmpty()) {
        continue;
      }
      String weight = node.inputs().get(1);
      boolean product = node.operator().equals("MatMul") || node.operator().equals("MatMulInteger");
      if (!graph.initialisers().containsKey(weight) || !(product || isGemm(node))) {
        continue;
      }
      Optional<String> bias = isGemm(node) ? bias(node) : biasAfter(node);
      bias.ifPresent(
          name ->
              linear.putIfAbsent(
                  name.substring(0, name.length() - BIAS.length()) + WEIGHT,
                  new InitialiserRef(weight, !node.transposed())));
    }
    return linear;
  }

  private static boolean isGemm(OnnxNode node) {
    return node.operator().equals("Gemm");
  }

  private Optional<String> biasAfter(OnnxNode product) {
    OnnxNode next = nextOf.get(product.outputs().getFirst());
    for (int i = 0; i < 3 && next != null && PASSED.contains(next.operator()); i++) {
      next = next.outputs().isEmpty() ? null : nextOf.get(next.outputs().getFirst());
    }
    return next != null && next.operator().equals("Add") ? bias(next) : Optional.empty();
  }

  private Optional<String> bias(OnnxNode node) {
    return node.inputs().stream()
        .filter(name -> name.endsWith(BIAS) && graph.initialisers().containsKey(name))
        .findFirst();
  }

  /** The common prefix of an export's names: {@code bert.}, {@code 0.auto_model.}, or none. */
  private String prefix() {
    List<String> endings = List.of(WORDS, WORDS + Quantisation.VALUES);
    for (String name : graph.initialisers().keySet()) {
      for (String ending : endings) {
        if (name.endsWith(ending)) {
          return name.substring(0, name.length() - ending.length());
        }
      }
    }
    return "";
  }

  private static String bare(String name, String prefix) {
    String stripped = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    return stripped.endsWith(Quantisation.VALUES)
        ? stripped.substring(0, stripped.length() - Quantisation.VALUES.length())
        : stripped;
  }

  private boolean isQuantisationPart(String name) {
    return Quantisation.wholeOf(name)
        .filter(whole -> graph.initialisers().containsKey(whole + Quantisation.VALUES))
        .isPresent();
  }
}
