package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Removes models from a repository in the hub's cache: all of it, or some links of its snapshots
 * with the content that no other link refers to.
 */
final class RepositoryRemoval {
  private final CachedRepository repository;
  private final HubCache cache;

  RepositoryRemoval(CachedRepository repository, HubCache cache) {
    this.repository = repository;
    this.cache = cache;
  }

  void removeAll() throws IOException {
    CacheFiles.deleteTree(cache.folder());
  }

  void remove(List<CachedModel> models) throws IOException {
    requireNoLinkedFolder(models);
    Set<Path> removed = new HashSet<>();
    models.forEach(model -> removed.addAll(model.files()));
    removed.addAll(companionsOfNothing(removed));
    List<Path> kept = new ArrayList<>(DiskUse.filesBelow(cache.folder().resolve("snapshots")));
    kept.removeAll(removed);
    Set<Object> keptContent = keys(kept);
    Map<Object, Path> blobs = new HashMap<>();
    for (Path blob : DiskUse.filesBelow(cache.blobs())) {
      blobs.put(DiskUse.key(blob), blob);
    }
    for (Path file : removed) {
      Object content = DiskUse.key(file);
      Files.deleteIfExists(file);
      Path blob = blobs.get(content);
      if (blob != null && !keptContent.contains(content)) {
        Files.deleteIfExists(blob);
      }
    }
    for (CachedModel model : models) {
      forgetIfEmpty(model);
    }
    if (repository.snapshots().isEmpty()) {
      removeAll();
    }
  }

  private static Set<Object> keys(List<Path> files) throws IOException {
    Set<Object> keys = new HashSet<>();
    for (Path file : files) {
      keys.add(DiskUse.key(file));
    }
    return keys;
  }

  /** What is left of a snapshot of which all models go. */
  private Set<Path> companionsOfNothing(Set<Path> removed) throws IOException {
    Set<Path> companions = new HashSet<>();
    for (Path snapshot : repository.snapshots()) {
      List<Path> files = DiskUse.filesBelow(snapshot);
      boolean loses = files.stream().anyMatch(removed::contains);
      boolean keepsWeights =
          files.stream()
              .filter(file -> !removed.contains(file))
              .anyMatch(file -> ModelFiles.isWeightFile(file.getFileName().toString()));
      if (loses && !keepsWeights) {
        companions.addAll(files);
      }
    }
    return companions;
  }

  /** Deletes a snapshot without files, and what the cache knows of its commit. */
  private void forgetIfEmpty(CachedModel model) throws IOException {
    if (!DiskUse.filesBelow(model.folder()).isEmpty()) {
      return;
    }
    CacheFiles.deleteTree(model.folder());
    Path folder = cache.folder();
    CacheFiles.deleteTree(folder.resolve(".no_exist").resolve(model.revision()));
    Files.deleteIfExists(folder.resolve("trees").resolve(model.revision() + ".json"));
    for (Path ref : DiskUse.filesBelow(folder.resolve("refs"))) {
      if (Files.readString(ref).strip().equals(model.revision())) {
        Files.deleteIfExists(ref);
      }
    }
  }

  /** Some of a folder that is a link would be deleted elsewhere. */
  private void requireNoLinkedFolder(List<CachedModel> models) {
    Set<Path> folders = new HashSet<>(List.of(cache.folder(), cache.blobs()));
    for (CachedModel model : models) {
      folders.add(model.folder());
      folders.add(Objects.requireNonNull(model.folder().getParent()));
    }
    for (Path folder : folders) {
      if (Files.exists(folder) && !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new DataException(
            "remove from " + cache.folder(),
            "folders of the cache",
            folder + ", which is a link",
            "remove what it points to by hand");
      }
    }
  }
}
