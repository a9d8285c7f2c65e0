package deepseek.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Which files belong to a model, and which path to open. */
final class ModelFiles {
  static final String CONFIG = "config.json";

  /** The module list of a sentence-transformers folder, whose network may be in a subfolder. */
  static final String MODULES = "modules.json";

  private static final List<String> WEIGHTS = List.of(".gguf", ".safetensors", ".onnx");
  private static final List<String> COMPANIONS =
      List.of(".json", ".txt", ".model", ".jinja", ".onnx_data", ".onnx.data");

  private ModelFiles() {}

  static boolean isWeightFile(String name) {
    return endsWithAny(name, WEIGHTS);
  }

  /** True for weights and the small files that belong to them; never for code or pickles. */
  static boolean isModelFile(String name) {
    return isWeightFile(name) || endsWithAny(name, COMPANIONS);
  }

  private static boolean endsWithAny(String name, List<String> suffixes) {
    String lower = name.toLowerCase(Locale.ROOT);
    return suffixes.stream().anyMatch(lower::endsWith);
  }

  /**
   * The path to open in a folder: the folder itself if a {@code config.json} describes its
   * safetensors or ONNX weights or a {@code modules.json} locates them, else its only weight file
   * (the first of a split GGUF). Empty if the folder contains no model, or several.
   */
  static Optional<Path> rootOf(Path folder) throws IOException {
    List<String> weights;
    try (Stream<Path> files = Files.list(folder)) {
      weights =
          files
              .map(file -> file.getFileName().toString())
              .filter(ModelFiles::isWeightFile)
              .sorted()
              .toList();
    }
    boolean onlyGguf = !weights.isEmpty() && weights.stream().allMatch(GgufNames::isGguf);
    boolean isApart = weights.isEmpty() && Files.isRegularFile(folder.resolve(MODULES));
    if (isApart || (Files.isRegularFile(folder.resolve(CONFIG)) && !onlyGguf)) {
      return Optional.of(folder);
    }
    List<String> models = weights.stream().filter(name -> GgufNames.isFirstOrOnly(name)).toList();
    return models.size() == 1 ? Optional.of(folder.resolve(models.getFirst())) : Optional.empty();
  }
}
