package deepseek.hub;

import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The models on this machine that were fetched from the hub or as packages, by this program or by
 * others that share the hub's cache; never the user's own folders and files.
 *
 * <pre>{@code
 * CachedModels cached = new CachedModels(HubOptions.fromEnvironment());
 * for (CachedModel model : cached.all()) {
 *   System.out.println(model.source() + " " + model.bytes());
 * }
 * }</pre>
 */
public final class CachedModels {
  private final HubOptions options;
  private final PackageCache packages;

  /** Those in the cache folders of {@code options}. */
  public CachedModels(HubOptions options) {
    this.options = options;
    this.packages = new PackageCache(options.packageCache());
  }

  /** Files that are read or deleted. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  private static <T> T inCache(String operation, Work<T> work) {
    try {
      return work.run();
    } catch (IOException | UncheckedIOException e) {
      throw new DataException(
          operation,
          "cache folders with the rights for it",
          e.toString(),
          "check their rights, HF_HOME and DEEPSEEK_CACHE",
          e);
    }
  }

  /**
   * All of them: the hub's by name, then packages.
   *
   * @throws DataException if a cache folder can't be read
   */
  public List<CachedModel> all() {
    return inCache(
        "list the cached models",
        () -> {
          List<CachedModel> all = new ArrayList<>();
          for (CachedRepository repository : CachedRepository.all(options)) {
            all.addAll(repository.models());
          }
          all.addAll(packages.models());
          return all;
        });
  }

  /**
   * What a source means here, and {@link #remove} removes: for {@code org/name} all revisions and
   * files of the repository, for a package without version all versions, for an alias all of its
   * sources. Empty if none is cached.
   *
   * @throws DataException if the source is a folder or file, or a cache folder can't be read
   */
  public List<CachedModel> matching(ModelSource source) {
    return inCache("look for " + source, () -> found(source));
  }

  private List<CachedModel> found(ModelSource source) throws IOException {
    return switch (source) {
      case ModelSource.Hub hub -> new CachedRepository(options, hub.id()).matching(hub);
      case ModelSource.Maven maven -> packages.models(maven);
      case ModelSource.PyPi pypi -> packages.models(pypi);
      case ModelSource.Alias alias -> {
        List<CachedModel> all = new ArrayList<>();
        for (ModelSource candidate : Aliases.shipped().sources(alias.name())) {
          all.addAll(found(candidate));
        }
        yield all;
      }
      case ModelSource.Folder folder -> throw isOwn(folder.path());
      case ModelSource.SingleFile file -> throw isOwn(file.path());
    };
  }

  private static DataException isOwn(Path path) {
    return new DataException(
        "look for " + path + " in the caches",
        "a model that was fetched",
        "a folder or file of yours",
        "write hf:org/name if you mean the hub's model of that name");
  }

  /**
   * Deletes what a source means here, with content that nothing else in the cache refers to, and
   * unfinished downloads of it. Programs that have it open keep it until they end.
   *
   * @return the bytes that this freed
   * @throws DataException if the source is a folder or file, another process is fetching it, a
   *     folder of the cache is a link, or a file can't be deleted
   */
  public long remove(ModelSource source) {
    return switch (source) {
      case ModelSource.Hub hub -> removeFromHub(hub);
      case ModelSource.Maven maven -> removePackage(maven);
      case ModelSource.PyPi pypi -> removePackage(pypi);
      case ModelSource.Alias alias ->
          Aliases.shipped().sources(alias.name()).stream().mapToLong(this::remove).sum();
      case ModelSource.Folder folder -> throw isOwn(folder.path());
      case ModelSource.SingleFile file -> throw isOwn(file.path());
    };
  }

  private long removeFromHub(ModelSource.Hub source) {
    HubCache cache = new HubCache(options, source.id());
    CachedRepository repository = new CachedRepository(options, source.id());
    RepositoryRemoval removal = new RepositoryRemoval(repository, cache);
    return inCache(
        "remove " + source,
        () -> {
          long before = bytesBelow(cache.folder());
          holding(
              source,
              CachedRepository.children(cache.locks()),
              () -> {
                if (CachedRepository.isWhole(source)) {
                  removal.removeAll();
                } else {
                  removal.remove(repository.matching(source));
                }
              });
          return before - bytesBelow(cache.folder());
        });
  }

  private static long bytesBelow(Path folder) throws IOException {
    return DiskUse.of(DiskUse.filesBelow(folder)).bytes();
  }

  private long removePackage(ModelSource source) {
    return inCache(
        "remove " + source,
        () -> {
          long freed = 0;
          for (CachedModel model : packages.models(source)) {
            holding(source, List.of(packages.lockFile(source)), () -> packages.delete(model));
            freed += model.bytes();
          }
          return freed;
        });
  }

  /** Something that is deleted. */
  @FunctionalInterface
  private interface Deletion {
    void run() throws IOException;
  }

  /** Deletes while no other process can download the same. */
  private static void holding(ModelSource source, List<Path> locks, Deletion deletion)
      throws IOException {
    List<ProcessLock> held = new ArrayList<>();
    try {
      for (Path file : locks) {
        held.add(ProcessLock.tryAcquire(file).orElseThrow(() -> isBusy(source)));
      }
      deletion.run();
    } finally {
      held.forEach(ProcessLock::close);
    }
  }

  private static DataException isBusy(ModelSource source) {
    return new DataException(
        "remove " + source,
        "that nothing is fetching it",
        "another process that does",
        "wait until it is done, or end it");
  }
}
