package deepseek.kernel.runtime;

import deepseek.Environment;
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
 * @param command the program and its leading arguments, e.g. {@code ccache gcc}
 * @param version the first line of {@code --version}, and the command's other words
 * @param arguments trailing arguments of every run
 * @param environment variables set in addition to this process's
 * @param limit the timeout of a run
 */
public record CCompiler(
    List<String> command,
    String version,
    List<String> arguments,
    Map<String, String> environment,
    Duration limit) {
  static final Duration LIMIT = Duration.ofMinutes(2);

  /** Timeout for {@code --version}: a program that takes longer is not a compiler. */
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(20);

  private static final int LONGEST_WORDS = 200;
  private static final List<String> LIBRARIES = libraries();
  private static final List<String> NAMES = List.of("cc", "gcc", "clang");

  public CCompiler {
    command = List.copyOf(command);
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  private static List<String> libraries() {
    if (File.separatorChar != '/') {
      return List.of();
    }
    // Undefined symbols are reported when the library is loaded, instead of aborting the process
    // when they are first called.
    return System.getProperty("os.name").startsWith("Linux")
        ? List.of("-lm", "-Wl,-z,now")
        : List.of("-lm");
  }

  /** The first compiler that works; empty if there is none. */
  public static Optional<CCompiler> find() {
    return all().findFirst();
  }

  /** The first compiler that works, for an operation that requires one. */
  public static CCompiler required(String operation) {
    return find()
        .orElseThrow(
            () ->
                new KernelException(
                    operation,
                    "a C compiler: cc, gcc or clang on the PATH, CC, or org.bytedeco:llvm",
                    missing(),
                    "install one, e.g. apt-get install gcc"));
  }

  /** For error messages: why {@link #find} found no compiler. */
  public static String missing() {
    return chosen().map(cc -> "none: CC=" + cc + " doesn't say its version").orElse("none");
  }

  private static Optional<String> chosen() {
    return Environment.ofProcess().text("CC");
  }

  /** All compilers that work, best first; a lazy stream. */
  public static Stream<CCompiler> all() {
    return Stream.concat(ofSystem().stream(), Stream.of(true).flatMap(_ -> bundled()));
  }

  private static Stream<CCompiler> bundled() {
    return BundledClang.find(KernelCache.ofUser()).stream();
  }

  /** {@code $CC}, else the first compiler on the PATH. */
  public static Optional<CCompiler> ofSystem() {
    return chosen()
        .map(cc -> Stream.of(words(cc)))
        .orElseGet(() -> NAMES.stream().map(List::of))
        .flatMap(CCompiler::commands)
        .flatMap(command -> known(command).stream())
        .findFirst();
  }

  /** {@code CC} split into words as other build tools do, unless all of it names a program. */
  private static List<String> words(String cc) {
    return onPath(cc).findFirst().isPresent() ? List.of(cc) : Environment.ofProcess().words("CC");
  }

  /** The command for each program of that name. */
  private static Stream<List<String>> commands(List<String> words) {
    List<String> arguments = words.subList(1, words.size());
    return onPath(words.getFirst())
        .map(program -> Stream.concat(Stream.of(program.toString()), arguments.stream()).toList());
  }

  private static Stream<Path> onPath(String name) {
    // File rather than Path, which would throw for a word that is no valid path.
    Stream<File> files =
        name.contains(File.separator)
            ? Stream.of(new File(name))
            : Environment.ofProcess().searchPath().stream()
                .map(folder -> new File(folder.toFile(), name));
    return files.filter(file -> file.isFile() && file.canExecute()).map(File::toPath);
  }

  /** The compiler of a command; its version is queried once, and again when the program changes. */
  private static Optional<CCompiler> known(List<String> command) {
    Optional<KernelCache.Key> key = identity(command);
    KernelCache cache = KernelCache.ofUser();
    Optional<String> version =
        key.flatMap(cache::kept).map(said -> new String(said, StandardCharsets.UTF_8));
    if (version.isPresent()) {
      return version.map(said -> new CCompiler(command, said, LIBRARIES, Map.of(), LIMIT));
    }
    Optional<CCompiler> asked =
        of(command, FIRST_ANSWER)
            .map(c -> new CCompiler(command, c.version(), LIBRARIES, Map.of(), LIMIT));
    asked.ifPresent(
        compiler ->
            key.ifPresent(k -> cache.keep(k, compiler.version().getBytes(StandardCharsets.UTF_8))));
    return asked;
  }

  /**
   * The command's words, and the state of each that is a program: ccache stays the same when its
   * gcc changes.
   */
  private static Optional<KernelCache.Key> identity(List<String> command) {
    List<String> parts = new ArrayList<>();
    try {
      for (String word : command) {
        parts.add(word);
        Optional<Path> program = onPath(word).findFirst();
        if (program.isPresent()) {
          Path real = program.get().toRealPath();
          BasicFileAttributes file = Files.readAttributes(real, BasicFileAttributes.class);
          parts.addAll(List.of(real.toString(), file.size() + " " + file.lastModifiedTime()));
        }
      }
      return Optional.of(new KernelCache.Key("compiler", "txt", parts));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The compiler of a command, if it responds in time. */
  static Optional<CCompiler> of(List<String> command, Duration limit) {
    return new CCompiler(command, "", LIBRARIES, Map.of(), limit).asked();
  }

  /** This compiler with its version, if it reports one. */
  Optional<CCompiler> asked() {
    try {
      Answer answer = run(List.of("--version"));
      List<String> said = new ArrayList<>(command);
      said.set(0, answer.text().lines().findFirst().map(CCompiler::readable).orElse(""));
      return answer.code() == 0
          ? Optional.of(
              new CCompiler(command, String.join(" ", said), arguments, environment, limit))
          : Optional.empty();
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  /** Compiles one C file to a shared library. */
  void compile(Path source, Path library, List<String> flags) {
    List<String> all = new ArrayList<>(List.of("-shared", "-fPIC"));
    all.addAll(flags);
    all.addAll(List.of("-o", library.toString(), source.toString()));
    all.addAll(arguments);
    Answer answer = run(all);
    if (answer.code() != 0) {
      throw new KernelException(
          "compile a kernel",
          this + " to take it",
          "exit status " + answer.code() + ": " + firstError(answer.text()),
          "choose another compiler with CC, or report this");
    }
    if (!Files.isRegularFile(library)) {
      throw new KernelException(
          "compile a kernel",
          this + " to write a library",
          "none, though it reports no error",
          "choose another compiler with CC");
    }
  }

  /** The first error line: gcc's last line only says that its linker failed. */
  private static String firstError(String text) {
    return text.lines()
        .filter(line -> line.contains("error") || line.contains("failed"))
        .filter(line -> !line.startsWith("collect2"))
        .findFirst()
        .or(() -> text.lines().findFirst())
        .map(CCompiler::readable)
        .orElse("it said nothing");
  }

  /** A line of its output for our message: shortened, without control characters. */
  private static String readable(String line) {
    String words = line.replaceAll("[\\s\\p{Cntrl}\\p{Cn}\\x{FFFD}]+", " ").strip();
    return words.length() > LONGEST_WORDS ? words.substring(0, LONGEST_WORDS) + "..." : words;
  }

  private record Answer(int code, String text) {}

  /**
   * Runs the command and kills it with its child processes at the timeout, even if it prints
   * nothing.
   */
  private Answer run(List<String> added) {
    Process process = null;
    long end = System.nanoTime() + limit.toNanos();
    try {
      ProcessBuilder builder =
          new ProcessBuilder(Stream.concat(command.stream(), added.stream()).toList())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new File(nowhere())));
      builder.environment().putAll(environment);
      process = builder.start();
      InputStream output = process.getInputStream();
      FutureTask<String> text =
          new FutureTask<>(() -> new String(output.readAllBytes(), StandardCharsets.UTF_8));
      Thread.ofVirtual().start(text);
      if (!process.waitFor(limit)) {
        throw failed("no end after " + seconds(limit), null);
      }
      // Its output may not end with it: a child process that is still running may hold the pipe.
      return new Answer(
          process.exitValue(), text.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      throw failed("open output after " + seconds(limit), e);
    } catch (IOException | ExecutionException e) {
      throw failed(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("an interrupt", e);
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

  private KernelException failed(String got, @Nullable Throwable cause) {
    return new KernelException(
        "run " + this, "a compiler that answers", got, "set CC to one", cause);
  }

  /** The command. */
  @Override
  public String toString() {
    return String.join(" ", command);
  }
}
