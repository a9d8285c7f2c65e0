package deepseek.cli;

import deepseek.Environment;
import deepseek.hub.Aliases;
import deepseek.hub.CachedModel;
import deepseek.hub.CachedModels;
import deepseek.hub.HubOptions;
import deepseek.hub.ModelHub;
import deepseek.hub.ModelLocation;
import deepseek.hub.ModelSource;
import deepseek.models.PackedPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The models in the caches, with their packed weights, which may be in a folder of their own. */
final class LocalModels {
  private final HubOptions options;
  private final CachedModels cached;

  LocalModels(Console console) {
    Environment environment = console.environment();
    this.options =
        HubOptions.fromEnvironment(environment.variables(), environment.home())
            .withNetwork(HubOptions.Network.OFFLINE);
    this.cached = new CachedModels(options);
  }

  CachedModels cached() {
    return cached;
  }

  Path cache() {
    return options.packageCache();
  }

  /** The aliases that mean this model. */
  static List<String> aliases(CachedModel model) {
    Aliases shipped = Aliases.shipped();
    return shipped.names().stream()
        .filter(name -> shipped.sources(name).contains(model.source()))
        .toList();
  }

  /** A model's files of packed weights. */
  List<Path> packedFiles(CachedModel model) {
    if (model.root().isEmpty()) {
      return List.of();
    }
    try {
      return PackedPlace.existing(model.root().get(), cache());
    } catch (IOException e) {
      throw new CliException(
          "look for packed weights",
          "a folder that can be listed",
          e.toString(),
          "check its rights",
          e);
    }
  }

  /** Those that are not in the model's own folder. */
  List<Path> packedElsewhere(CachedModel model) {
    List<Path> files = new ArrayList<>(packedFiles(model));
    files.removeAll(model.files());
    return files;
  }

  /** Bytes on the disk, packed weights included. */
  long bytes(CachedModel model) {
    return model.bytes() + bytes(packedElsewhere(model));
  }

  static long bytes(List<Path> files) {
    return files.stream().mapToLong(file -> file.toFile().length()).sum();
  }

  /** Whether a source, of a running server for instance, opens this model. */
  boolean isOpenedBy(String source, CachedModel model) {
    ModelSource parsed = ModelSource.parse(source);
    Optional<Path> root =
        switch (parsed) {
          case ModelSource.Folder(Path path) -> Optional.of(path);
          case ModelSource.SingleFile(Path path) -> Optional.of(path);
          case ModelSource.Hub _, ModelSource.Maven _, ModelSource.PyPi _, ModelSource.Alias _ ->
              new ModelHub(options).cached(parsed).map(ModelLocation::root);
        };
    return root.filter(path -> isPartOf(path, model)).isPresent();
  }

  private static boolean isPartOf(Path path, CachedModel model) {
    Path real = real(path);
    return model.root().map(LocalModels::real).equals(Optional.of(real))
        || model.files().stream().map(LocalModels::real).anyMatch(real::equals);
  }

  /** The same for all ways to name a file, links included. */
  private static Path real(Path path) {
    try {
      return Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
