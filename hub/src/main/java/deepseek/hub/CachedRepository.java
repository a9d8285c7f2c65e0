package deepseek.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the hub's cache has of one repository: a model for each snapshot, and for each GGUF file of
 * snapshots with several.
 */
final class CachedRepository {
  private static final String PREFIX = "models--";

  private final String id;
  private final HubCache cache;
  private final Path folder;

  CachedRepository(HubOptions options, String id) {
    this.id = id;
    this.cache = new HubCache(options, id);
    this.folder = cache.folder();
  }

  /** The repositories that are in the cache. */
  static List<CachedRepository> all(HubOptions options) throws IOException {
    List<CachedRepository> found = new ArrayList<>();
    for (Path folder : children(options.hubCache())) {
      String name = folder.getFileName().toString();
      String id = name.replaceFirst(PREFIX, "").replace("--", "/");
      if (name.startsWith(PREFIX) && SourceText.isHubId(id) && Files.isDirectory(folder)) {
        found.add(new CachedRepository(options, id));
      }
    }
    return found;
  }

  static List<Path> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  /** What is here, with unfinished downloads. */
  List<CachedModel> models() throws IOException {
    Map<String, String> revisions = revisions();
    List<CachedModel> models = new ArrayList<>();
    for (Path snapshot : snapshots()) {
      String commit = snapshot.getFileName().toString();
      models.addAll(models(snapshot, revisions.getOrDefault(commit, commit)));
    }
    if (models.isEmpty() && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> rest = DiskUse.filesBelow(folder);
      models.add(
          CachedModel.of(ModelSource.Hub.of(id), "unfinished", Optional.empty(), folder, rest));
    }
    return models;
  }

  List<Path> snapshots() throws IOException {
    return children(folder.resolve("snapshots")).stream()
        .filter(path -> HubListing.COMMIT.matcher(path.getFileName().toString()).matches())
        .toList();
  }

  private List<CachedModel> models(Path snapshot, String revision) throws IOException {
    String commit = snapshot.getFileName().toString();
    List<Path> files = DiskUse.filesBelow(snapshot);
    List<String> ggufs = new ArrayList<>();
    for (Path file : files) {
      String name = name(snapshot, file);
      if (GgufNames.isGguf(name) && GgufNames.isFirstOrOnly(name)) {
        ggufs.add(name);
      }
    }
    if (ggufs.size() < 2) {
      ModelSource whole = new ModelSource.Hub(id, revision, Optional.empty());
      Optional<Path> root = files.isEmpty() ? Optional.empty() : ModelFiles.rootOf(snapshot);
      return List.of(CachedModel.of(whole, commit, root, snapshot, files));
    }
    List<CachedModel> models = new ArrayList<>();
    for (String gguf : ggufs) {
      models.add(
          CachedModel.of(
              new ModelSource.Hub(id, revision, Optional.of(gguf)),
              commit,
              Optional.of(snapshot.resolve(gguf)),
              snapshot,
              ofGguf(snapshot, files, gguf)));
    }
    return models;
  }

  /** A GGUF's shards, and the packed weights next to it. */
  private static List<Path> ofGguf(Path snapshot, List<Path> files, String gguf) {
    List<String> names = files.stream().map(file -> name(snapshot, file)).toList();
    Set<String> shards = Set.copyOf(GgufNames.shards(names, gguf));
    return files.stream()
        .filter(
            file -> {
              String name = name(snapshot, file);
              boolean isPacked = name.startsWith(gguf + ".") && name.endsWith(".packed");
              return isPacked || shards.contains(name);
            })
        .toList();
  }

  private static String name(Path snapshot, Path file) {
    return snapshot.relativize(file).toString().replace('\\', '/');
  }

  /** The branch or tag of each commit, main before others. */
  private Map<String, String> revisions() throws IOException {
    Path refs = folder.resolve("refs");
    Map<String, String> revisions = new HashMap<>();
    for (Path ref : DiskUse.filesBelow(refs)) {
      String name = name(refs, ref);
      String commit = Files.readString(ref).strip();
      if (name.equals(SourceText.MAIN)) {
        revisions.put(commit, name);
      } else {
        revisions.putIfAbsent(commit, name);
      }
    }
    return revisions;
  }

  /** The models that a source means; all of the repository if it names no revision and no file. */
  List<CachedModel> matching(ModelSource.Hub source) throws IOException {
    List<CachedModel> all = models();
    if (isWhole(source)) {
      return all;
    }
    Optional<String> commit = cache.commit(source.revision());
    List<CachedModel> found = new ArrayList<>();
    for (CachedModel model : all) {
      boolean isOfRevision = commit.equals(Optional.of(model.revision()));
      if (isOfRevision && (source.file().isEmpty() || isChosen(model, source.file()))) {
        found.add(model);
      }
    }
    return found;
  }

  /** Whether a source means a repository with all its revisions. */
  static boolean isWhole(ModelSource.Hub source) {
    return source.revision().equals(SourceText.MAIN) && source.file().isEmpty();
  }

  private static boolean isChosen(CachedModel model, Optional<String> selector) throws IOException {
    Path snapshot = model.folder();
    List<String> names =
        DiskUse.filesBelow(snapshot).stream().map(file -> name(snapshot, file)).toList();
    return GgufNames.choose(names, selector)
        .map(snapshot::resolve)
        .filter(model.files()::contains)
        .isPresent();
  }
}
