package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Models unpacked from packages: {@code packages/pypi/NAME/VERSION/} and {@code
 * packages/maven/GROUP/ARTIFACT/VERSION/}. A folder is valid only with its marker file, which is
 * written last, before the staging folder is renamed into place.
 */
final class PackageCache {
  private static final String MARKER = ".complete";
  private static final Duration ABANDONED = Duration.ofHours(24);

  private final Path root;

  PackageCache(Path root) {
    this.root = root;
  }

  /** The folder of a package's versions. */
  private Path folder(ModelSource source) {
    Path packages = root.resolve("packages");
    return switch (source) {
      case ModelSource.PyPi pypi ->
          packages.resolve("pypi").resolve(PyPiPackage.normal(pypi.name()));
      case ModelSource.Maven maven ->
          packages.resolve("maven").resolve(maven.group()).resolve(maven.artifact());
      case ModelSource.Hub hub -> throw notPackaged(hub);
      case ModelSource.Folder folder -> throw notPackaged(folder);
      case ModelSource.SingleFile file -> throw notPackaged(file);
      case ModelSource.Alias alias -> throw notPackaged(alias);
    };
  }

  private static IllegalArgumentException notPackaged(ModelSource source) {
    return new IllegalArgumentException(source + " is not a package");
  }

  /** The requested version, or the one unpacked last. */
  Optional<ModelLocation> find(ModelSource source, Optional<String> version) {
    Path folder = folder(source);
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(folder)) {
      Optional<Path> found =
          versions
              .filter(path -> version.map(path.getFileName().toString()::equals).orElse(true))
              .filter(path -> Files.isRegularFile(path.resolve(MARKER)))
              .max(Comparator.comparingLong(path -> modified(path.resolve(MARKER))));
      return found.isEmpty() ? Optional.empty() : Optional.of(located(source, found.get()));
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  private static ModelLocation located(ModelSource source, Path folder) throws IOException {
    Path root =
        ModelFiles.rootOf(folder)
            .orElseThrow(
                () ->
                    new DataException(
                        "open " + source,
                        "one model in the package",
                        "none or several in " + folder,
                        "open one of its files by its path"));
    return new ModelLocation(root, source, folder.getFileName().toString());
  }

  /** Creates an empty staging folder, on the same disk as the cache. */
  Path newStage() {
    try {
      Path stages = Files.createDirectories(root.resolve(".staging"));
      sweep(stages);
      return Files.createDirectory(stages.resolve(CacheFiles.shortId()));
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Deletes old staging folders of killed processes; no download takes that long. */
  private static void sweep(Path stages) throws IOException {
    long abandoned = System.currentTimeMillis() - ABANDONED.toMillis();
    try (Stream<Path> all = Files.list(stages)) {
      for (Path stage : all.filter(path -> modified(path) < abandoned).toList()) {
        CacheFiles.deleteTree(stage);
      }
    }
  }

  void discard(Path stage) {
    try {
      CacheFiles.deleteTree(stage);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  ProcessLock lock(ModelSource source, Progress progress) {
    return ProcessLock.acquire(
        lockFile(source), source.toString(), progress.waitingForAnother(source.toString()));
  }

  /** Held while a package is downloaded and unpacked. */
  Path lockFile(ModelSource source) {
    String name = root.relativize(folder(source)).toString().replaceAll("[\\\\/]", "--");
    return root.resolve(".locks").resolve(name + ".lock");
  }

  /** All models that are unpacked. */
  List<CachedModel> models() throws IOException {
    Path packages = root.resolve("packages");
    List<CachedModel> models = new ArrayList<>();
    for (String name : coordinates(packages.resolve("pypi"))) {
      models.addAll(models(new ModelSource.PyPi(name, Optional.empty())));
    }
    for (String group : coordinates(packages.resolve("maven"))) {
      for (String artifact : coordinates(packages.resolve("maven").resolve(group))) {
        models.addAll(models(new ModelSource.Maven(group, artifact, Optional.empty())));
      }
    }
    return models;
  }

  private static List<String> coordinates(Path folder) throws IOException {
    return CachedRepository.children(folder).stream()
        .map(child -> child.getFileName().toString())
        .filter(SourceText::isCoordinate)
        .toList();
  }

  /** The models of a package: its version, or all versions if the source names none. */
  List<CachedModel> models(ModelSource source) throws IOException {
    Path folder = folder(source);
    List<String> versions =
        coordinates(folder).stream()
            .filter(version -> Files.isRegularFile(folder.resolve(version).resolve(MARKER)))
            .toList();
    ModelSource any = withVersion(source, Optional.empty());
    List<CachedModel> models = new ArrayList<>();
    for (String version : versions) {
      ModelSource exact = withVersion(source, Optional.of(version));
      if (source.equals(any) || source.equals(exact)) {
        Path unpacked = folder.resolve(version);
        models.add(
            CachedModel.of(
                versions.size() == 1 ? any : exact,
                version,
                ModelFiles.rootOf(unpacked),
                unpacked,
                DiskUse.filesBelow(unpacked)));
      }
    }
    return models;
  }

  private static ModelSource withVersion(ModelSource source, Optional<String> version) {
    return switch (source) {
      case ModelSource.PyPi(String name, Optional<String> _) -> new ModelSource.PyPi(name, version);
      case ModelSource.Maven(String group, String artifact, Optional<String> _) ->
          new ModelSource.Maven(group, artifact, version);
      case ModelSource.Hub hub -> throw notPackaged(hub);
      case ModelSource.Folder local -> throw notPackaged(local);
      case ModelSource.SingleFile file -> throw notPackaged(file);
      case ModelSource.Alias alias -> throw notPackaged(alias);
    };
  }

  /** Deletes an unpacked version, and the folders above it that are empty then. */
  void delete(CachedModel model) throws IOException {
    Path packages = root.resolve("packages");
    Path above = Objects.requireNonNull(model.folder().getParent());
    Path same = packages.toRealPath().resolve(packages.relativize(above));
    if (!above.toRealPath().equals(same)) {
      throw new DataException(
          "remove " + model.source(),
          "folders of the cache",
          above + ", which is or is in a link",
          "remove what it points to by hand");
    }
    CacheFiles.deleteTree(model.folder());
    while (!above.equals(packages) && CachedRepository.children(above).isEmpty()) {
      Files.deleteIfExists(above);
      above = Objects.requireNonNull(above.getParent());
    }
  }

  /** Installs the archives of one version, unless it is already installed. */
  ModelLocation install(
      ModelSource source,
      String version,
      List<PackageArchive> archives,
      Map<String, JsonNode> supplement,
      Progress progress) {
    Optional<ModelLocation> present = find(source, Optional.of(version));
    if (present.isPresent()) {
      return present.get();
    }
    Path stage = newStage();
    try {
      ModelUnpacker unpacker = new ModelUnpacker(stage, source.toString(), progress);
      unpacker.unpack(archives);
      unpacker.supplement(supplement);
      Path marker = stage.resolve(MARKER);
      Files.write(marker, (source + " " + version + "\n").getBytes(StandardCharsets.UTF_8));
      CacheFiles.sync(marker);
      Path target = SafePath.resolve(folder(source), version, source.toString());
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      CacheFiles.deleteTree(target);
      Files.move(stage, target);
      return located(source, target);
    } catch (IOException e) {
      throw DiskSpace.ranOut(e)
          ? DiskSpace.tooSmall(source.toString(), -1, "a full disk", root)
          : unusable(e);
    } finally {
      discard(stage);
    }
  }

  private DataException unusable(IOException e) {
    return new DataException(
        "use the package cache " + root,
        "a readable and writable folder",
        e.toString(),
        "check its rights, or set DEEPSEEK_CACHE to another folder",
        e);
  }
}
