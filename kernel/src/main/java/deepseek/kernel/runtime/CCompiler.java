package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A C compiler: {@code $CC}, else cc, gcc or clang on the PATH, else the one of {@link
 * BundledClang}.
 *
 * @param version the first line that it says about itself
 * @param arguments what comes last in each of its runs
 * @param environment what its runs find besides ours
 * @param limit how long a run may take
 */
public record CCompiler(
    Path program,
    String version,
    List<String> arguments,
    Map<String, String> environment,
    Duration limit) {
  static final Duration LIMIT = Duration.ofMinutes(2);

  private static final List<String> LIBRARIES =
      File.separatorChar == '/' ? List.of("-lm") : List.of();
  private static final List<String> NAMES = List.of("cc", "gcc", "clang");

  public CCompiler {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** The first one that answers; empty where there is none. */
  public static Optional<CCompiler> find() {
    return all().findFirst();
  }

  /** The first one that answers, for an operation that can't do without. */
  public static CCompiler required(String operation) {
    return find()
        .orElseThrow(
            () ->
                new KernelException(
                    operation,
                    "a C compiler: cc, gcc or clang on the PATH, CC, or org.bytedeco:llvm",
                    "none",
                    "install one, e.g. apt-get install gcc"));
  }

  /** All that answer, best first, found as they are asked for. */
  public static Stream<CCompiler> all() {
    return Stream.concat(ofSystem().stream(), Stream.of(true).flatMap(_ -> bundled()));
  }

  private static Stream<CCompiler> bundled() {
    return BundledClang.find(KernelCache.ofUser()).stream();
  }

  /** {@code $CC}, else what stands on the PATH. */
  public static Optional<CCompiler> ofSystem() {
    String chosen = System.getenv("CC");
    Stream<String> names =
        chosen == null || chosen.isBlank() ? NAMES.stream() : Stream.of(chosen.strip());
    return names.flatMap(CCompiler::onPath).flatMap(p -> known(p).stream()).findFirst();
  }

  private static Stream<Path> onPath(String name) {
    if (name.contains(File.separator)) {
      return Stream.of(Path.of(name)).filter(Files::isExecutable);
    }
    return Stream.of(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable);
  }

  /** The one at a path, which is asked for its version once and again when it has changed. */
  private static Optional<CCompiler> known(Path program) {
    Optional<KernelCache.Key> key = identity(program);
    KernelCache cache = KernelCache.ofUser();
    Optional<String> version =
        key.flatMap(cache::kept).map(said -> new String(said, StandardCharsets.UTF_8));
    if (version.isPresent()) {
      return version.map(said -> new CCompiler(program, said, LIBRARIES, Map.of(), LIMIT));
    }
    Optional<CCompiler> asked = at(program, LIMIT);
    asked.ifPresent(
        compiler ->
            key.ifPresent(k -> cache.keep(k, compiler.version().getBytes(StandardCharsets.UTF_8))));
    return asked;
  }

  private static Optional<KernelCache.Key> identity(Path program) {
    try {
      Path real = program.toRealPath();
      BasicFileAttributes file = Files.readAttributes(real, BasicFileAttributes.class);
      List<String> parts =
          List.of(program.toString(), real.toString(), file.size() + " " + file.lastModifiedTime());
      return Optional.of(new KernelCache.Key("compiler", "txt", parts));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The one at a path, if it answers in time. */
  static Optional<CCompiler> at(Path program, Duration limit) {
    return new CCompiler(program, "", LIBRARIES, Map.of(), limit).asked();
  }

  /** The same with its version, if it tells that. */
  Optional<CCompiler> asked() {
    try {
      Answer answer = run(List.of(program.toString(), "--version"));
      String said = answer.text().lines().findFirst().orElse("");
      return answer.code() == 0
          ? Optional.of(new CCompiler(program, said, arguments, environment, limit))
          : Optional.empty();
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  /** Makes a shared library of one C file. */
  void compile(Path source, Path library, List<String> flags) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "-shared", "-fPIC"));
    command.addAll(flags);
    command.addAll(List.of("-o", library.toString(), source.toString()));
    command.addAll(arguments);
    Answer answer = run(command);
    if (answer.code() != 0) {
      throw new KernelException(
          "compile a kernel",
          program + " to take it",
          "exit status " + answer.code() + ": " + firstError(answer.text()),
          "choose another compiler with CC, or report this");
    }
  }

  private static String firstError(String text) {
    return text.lines()
        .filter(line -> line.contains("error"))
        .findFirst()
        .or(() -> text.lines().findFirst())
        .orElse("it said nothing");
  }

  private record Answer(int code, String text) {}

  /** Ends all that the command started once the time is over, even if it never says a word. */
  private Answer run(List<String> command) {
    Process process = null;
    long end = System.nanoTime() + limit.toNanos();
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new File(nowhere())));
      builder.environment().putAll(environment);
      process = builder.start();
      InputStream output = process.getInputStream();
      FutureTask<String> text =
          new FutureTask<>(() -> new String(output.readAllBytes(), StandardCharsets.UTF_8));
      Thread.ofVirtual().start(text);
      if (!process.waitFor(limit)) {
        throw failed(command, "no end after " + seconds(limit), null);
      }
      // Its end is not its output's: a process that it left behind may hold that.
      return new Answer(
          process.exitValue(), text.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      throw failed(command, "open output after " + seconds(limit), e);
    } catch (IOException | ExecutionException e) {
      throw failed(command, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(command, "an interrupt", e);
    } finally {
      if (process != null) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }

  private static String seconds(Duration limit) {
    return limit.toMillis() / 1000.0 + " s";
  }

  private static String nowhere() {
    return File.separatorChar == '\\' ? "NUL" : "/dev/null";
  }

  private static KernelException failed(
      List<String> command, String got, @Nullable Throwable cause) {
    return new KernelException(
        "run " + command.getFirst(), "a compiler that answers", got, "set CC to one", cause);
  }
}
