package deepseek.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.StrictJson;
import deepseek.models.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The modules that {@code modules.json} lines up: a Transformer, a Pooling, and whatever is done to
 * the pooled vector afterwards.
 *
 * @param transformer folder of the network
 * @param pooling folder of the pooling's config; empty where the folder has no {@code modules.json}
 * @param after in their order
 */
record SentenceModules(Path transformer, Optional<Path> pooling, List<Module> after) {
  static final String FILE = "modules.json";
  private static final String MAKER = "sentence_transformers.";

  /** A module, and the folder of its files. */
  record Module(Kind kind, Path folder) {}

  /** The modules known here, by their classes' names; their packages changed over the years. */
  enum Kind {
    TRANSFORMER("Transformer"),
    POOLING("Pooling"),
    DENSE("Dense"),
    LAYER_NORM("LayerNorm"),
    NORMALIZE("Normalize"),
    DROPOUT("Dropout");

    private final String className;

    Kind(String className) {
      this.className = className;
    }
  }

  static SentenceModules read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return new SentenceModules(folder, Optional.empty(), List.of());
    }
    List<Module> modules = listed(folder, file);
    List<Kind> kinds = modules.stream().map(Module::kind).toList();
    boolean begins =
        kinds.size() > 1 && kinds.subList(0, 2).equals(List.of(Kind.TRANSFORMER, Kind.POOLING));
    List<Module> after = begins ? modules.subList(2, modules.size()) : List.of();
    boolean pooledOnce =
        after.stream().noneMatch(m -> m.kind() == Kind.TRANSFORMER || m.kind() == Kind.POOLING);
    if (!begins || !pooledOnce) {
      throw new ModelException(
          "read " + file,
          "one Transformer, one Pooling, then others",
          names(modules),
          "choose a model in this order");
    }
    return new SentenceModules(
        modules.getFirst().folder(), Optional.of(modules.get(1).folder()), List.copyOf(after));
  }

  /** The folder of a classifier's network, which is a Transformer and nothing after it. */
  static Path classifier(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return folder;
    }
    List<Module> modules = listed(folder, file);
    if (modules.size() != 1 || modules.getFirst().kind() != Kind.TRANSFORMER) {
      throw new ModelException(
          "read " + file,
          "one Transformer, as a classifier has",
          names(modules),
          "sentences become vectors with AutoModel.encoder, or deepseek embed");
    }
    return modules.getFirst().folder();
  }

  private static List<Module> listed(Path folder, Path file) {
    List<Module> modules = new ArrayList<>();
    for (JsonNode entry : StrictJson.array("read " + file, SentenceSettings.bytes(file))) {
      modules.add(module(folder, file, entry));
    }
    return modules;
  }

  private static String names(List<Module> modules) {
    return String.join(", ", modules.stream().map(m -> m.kind().className).toList());
  }

  private static Module module(Path folder, Path file, JsonNode entry) {
    String path = entry.path("path").asText();
    if (!folder.resolve(path).normalize().startsWith(folder.normalize())) {
      throw new ModelException(
          "read " + file, "a path inside the folder", "'" + path + "'", "don't use this model");
    }
    String type = entry.path("type").asText();
    String name = type.substring(type.lastIndexOf('.') + 1);
    for (Kind kind : Kind.values()) {
      // A class of the model's own may do anything under such a name.
      if (kind.className.equals(name) && type.startsWith(MAKER)) {
        return new Module(kind, folder.resolve(path));
      }
    }
    throw new ModelException(
        "read " + file,
        "modules of sentence_transformers named "
            + String.join(", ", List.of(Kind.values()).stream().map(k -> k.className).toList()),
        "'" + type + "'",
        "choose a model made of these");
  }
}
