package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The system's C compiler: {@code $CC}, else cc, gcc or clang on the PATH. */
public record CCompiler(Path program, String version) {
  private static final List<String> NAMES = List.of("cc", "gcc", "clang");
  private static final long SECONDS = 120;

  /** The first one that answers; empty where there is none. */
  public static Optional<CCompiler> find() {
    String chosen = System.getenv("CC");
    Stream<String> names =
        chosen == null || chosen.isBlank() ? NAMES.stream() : Stream.of(chosen.strip());
    return names.flatMap(CCompiler::onPath).flatMap(p -> asked(p).stream()).findFirst();
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

  private static Optional<CCompiler> asked(Path program) {
    try {
      Answer answer = run(List.of(program.toString(), "--version"));
      return answer.code() == 0
          ? Optional.of(new CCompiler(program, answer.text().lines().findFirst().orElse("")))
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

  private static Answer run(List<String> command) {
    Process process = null;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new File(nowhere())))
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw failed(command, "no end after " + SECONDS + " s", null);
      }
      return new Answer(process.exitValue(), text);
    } catch (IOException e) {
      throw failed(command, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(command, "an interrupt", e);
    } finally {
      if (process != null) {
        process.destroy();
      }
    }
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
