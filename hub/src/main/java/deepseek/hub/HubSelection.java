package deepseek.hub;

import deepseek.files.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a repository that one model needs: configuration, tokenizer, templates and one
 * format of the weights. Never pickles, never the same weights in several formats.
 *
 * @param companions small files next to the weights
 * @param weights the weights, without shards that only the index names
 * @param index of sharded safetensors
 * @param single the one file to open, when the model is that file
 */
record HubSelection(
    List<String> companions,
    List<String> weights,
    Optional<String> index,
    Optional<String> single) {

  /** Files that loaders request from every repository. */
  static final List<String> PROBED =
      List.of(
          "adapter_config.json",
          "added_tokens.json",
          "chat_template.jinja",
          "chat_template.json",
          "generation_config.json",
          "model.safetensors.index.json",
          "special_tokens_map.json",
          "tokenizer_config.json");

  private static final String INDEX = "model.safetensors.index.json";
  private static final String MODEL = "model.safetensors";
  private static final String ADAPTER = "adapter_model.safetensors";
  private static final List<String> ONNX = List.of("model.onnx", "onnx/model.onnx");
  private static final Set<String> TOKENIZERS =
      Set.of("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "spiece.model");
  private static final Set<String> NAMED =
      Set.of(
          "config.json",
          "merges.txt",
          "sentencepiece.bpe.model",
          "preprocessor_config.json",
          "processor_config.json",
          "video_preprocessor_config.json",
          "quantize_config.json",
          "modules.json",
          "config_sentence_transformers.json",
          "sentence_bert_config.json",
          "sentence_roberta_config.json",
          "sentence_distilbert_config.json",
          "sentence_camembert_config.json",
          "sentence_albert_config.json",
          "sentence_xlm-roberta_config.json",
          "sentence_xlnet_config.json");
  private static final Pattern MODULE =
      Pattern.compile("\\d+_\\w+/(config\\.json|model\\.safetensors)");
  private static final Pattern TRANSFORMER = Pattern.compile("(\\d+_Transformer/)config\\.json");
  private static final Pattern TEMPLATE =
      Pattern.compile("(additional_chat_templates/)?[^/]+\\.jinja");
  private static final int SHOWN = 12;

  /**
   * Selects from a repository's file names; throws if there are no weights in a supported format.
   */
  static HubSelection of(ModelSource.Hub source, List<String> names) {
    Optional<String> apart = transformerFolder(names);
    return apart.isPresent() ? apart(source, names, apart.get()) : together(source, names);
  }

  /** The subfolder of the network in a sentence-transformers repository, if any. */
  private static Optional<String> transformerFolder(List<String> names) {
    if (!names.contains(ModelFiles.MODULES) || names.contains(ModelFiles.CONFIG)) {
      return Optional.empty();
    }
    return names.stream()
        .map(TRANSFORMER::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst();
  }

  /** The network's files in its subfolder, and those of the repository. */
  private static HubSelection apart(ModelSource.Hub source, List<String> names, String folder) {
    List<String> inside =
        names.stream()
            .filter(name -> name.startsWith(folder))
            .map(name -> name.substring(folder.length()))
            .toList();
    HubSelection network = together(source, inside);
    List<String> companions = new ArrayList<>(below(folder, network.companions()));
    names.stream()
        .filter(name -> !name.startsWith(folder) && isCompanion(name))
        .forEach(companions::add);
    return new HubSelection(
        companions,
        below(folder, network.weights()),
        network.index().map(folder::concat),
        network.single().map(folder::concat));
  }

  private static List<String> below(String folder, List<String> names) {
    return names.stream().map(folder::concat).toList();
  }

  private static HubSelection together(ModelSource.Hub source, List<String> names) {
    List<String> top = names.stream().filter(name -> !name.contains("/")).toList();
    boolean hasSafetensors = top.stream().anyMatch(HubSelection::isSafetensors);
    boolean hasGguf = names.stream().anyMatch(GgufNames::isGguf);
    if (source.file().isPresent() || (!hasSafetensors && hasGguf)) {
      return gguf(source, names);
    }
    List<String> companions = names.stream().filter(HubSelection::isCompanion).toList();
    if (names.contains(INDEX)) {
      return new HubSelection(companions, List.of(), Optional.of(INDEX), Optional.empty());
    }
    return new HubSelection(
        companions, plainWeights(source, names, top), Optional.empty(), Optional.empty());
  }

  private static HubSelection gguf(ModelSource.Hub source, List<String> names) {
    String chosen =
        GgufNames.choose(names, source.file())
            .orElseThrow(
                () ->
                    new DataException(
                        "fetch " + source,
                        "a GGUF file named after ':'",
                        "these: " + shown(names.stream().filter(GgufNames::isGguf)),
                        "name one of them, or its quantisation"));
    return new HubSelection(
        List.of(), GgufNames.shards(names, chosen), Optional.empty(), Optional.of(chosen));
  }

  private static List<String> plainWeights(
      ModelSource.Hub source, List<String> names, List<String> top) {
    for (String name : List.of(MODEL, ADAPTER)) {
      if (names.contains(name)) {
        return List.of(name);
      }
    }
    List<String> others =
        top.stream()
            .filter(HubSelection::isSafetensors)
            .filter(name -> !name.startsWith("consolidated"))
            .toList();
    if (!others.isEmpty()) {
      return others;
    }
    for (String name : ONNX) {
      if (names.contains(name)) {
        return names.stream().filter(n -> n.equals(name) || n.startsWith(name + "_data")).toList();
      }
    }
    throw new DataException(
        "fetch " + source,
        "weights as safetensors, GGUF or ONNX",
        "these files: " + shown(names.stream()),
        "name another repository; pickle files (.bin, .pt) are never read");
  }

  private static String shown(Stream<String> names) {
    List<String> all = new ArrayList<>(names.toList());
    String rest = all.size() > SHOWN ? ", … (" + all.size() + " files)" : "";
    return all.isEmpty()
        ? "none"
        : String.join(", ", all.subList(0, Math.min(SHOWN, all.size()))) + rest;
  }

  private static boolean isSafetensors(String name) {
    return name.endsWith(".safetensors");
  }

  static boolean isTokenizer(String name) {
    return TOKENIZERS.contains(name);
  }

  private static boolean isCompanion(String name) {
    return NAMED.contains(name)
        || PROBED.contains(name)
        || isTokenizer(name)
        || TEMPLATE.matcher(name).matches()
        || MODULE.matcher(name).matches();
  }
}
