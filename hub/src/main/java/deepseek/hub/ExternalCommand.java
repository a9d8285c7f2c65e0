package deepseek.hub;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs another program to its end, passing on its output line by line. */
final class ExternalCommand {
  private static final int KEPT_LINES = 60;
  private static final int TICK_MILLIS = 200;
  private static final int MAX_LINE = 4096;
  private static final boolean WINDOWS =
      System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
  private static final List<String> SUFFIXES =
      WINDOWS ? List.of(".exe", ".cmd", ".bat") : List.of("");

  private ExternalCommand() {}

  /** The exit code, and the last lines of output. */
  record Outcome(int exitCode, List<String> lastLines) {
    boolean succeeded() {
      return exitCode == 0;
    }

    /**
     * The line most likely to give the reason of a failure: the first that contains the given word.
     */
    String reason(String word) {
      return lastLines.stream()
          .filter(line -> line.contains(word))
          .findFirst()
          .or(() -> lastLines.isEmpty() ? Optional.empty() : Optional.of(lastLines.getLast()))
          .map(line -> line.replaceAll("\\p{Cntrl}\\[[0-9;]*m|\\p{Cntrl}", "").strip())
          .orElse("exit code " + exitCode);
    }
  }

  /** Finds a program in the given folders. */
  static Optional<Path> find(List<Path> searchPath, String name) {
    return searchPath.stream()
        .flatMap(folder -> SUFFIXES.stream().map(suffix -> folder.resolve(name + suffix)))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** Receives the output of a running program, on the thread that waits for it. */
  interface Listener {
    /** A line of output, also one ended by a carriage return. */
    void line(String text);

    /** Called a few times a second, even without output. */
    void tick();
  }

  /** Runs a program with empty standard input. Interrupting the thread kills the program. */
  static Outcome run(
      List<String> command, Path folder, Map<String, String> variables, Listener listener)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(variables);
    Process process = builder.start();
    BlockingQueue<Output> lines = new LinkedBlockingQueue<>();
    Thread reader = Thread.ofVirtual().start(() -> readLines(process, lines));
    Deque<String> last = new ArrayDeque<>();
    try {
      process.getOutputStream().close();
      for (boolean open = true; open; ) {
        @Nullable Output output = lines.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
        listener.tick();
        open = !(output instanceof Output.End);
        if (output instanceof Output.Line(String text)) {
          keep(last, text);
          listener.line(text);
        }
      }
      return new Outcome(process.waitFor(), List.copyOf(last));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + command.getFirst());
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      reader.interrupt();
    }
  }

  /** Messages from the reading thread. */
  private sealed interface Output {
    record Line(String text) implements Output {}

    record End() implements Output {}
  }

  /** Puts every line into the queue, then the end. */
  private static void readLines(Process process, BlockingQueue<Output> lines) {
    try (Reader output =
        new InputStreamReader(process.getInputStream(), Charset.defaultCharset())) {
      StringBuilder line = new StringBuilder();
      for (int c = output.read(); c >= 0; c = output.read()) {
        boolean ends = c == '\n' || c == '\r';
        if (!ends && line.length() < MAX_LINE) {
          line.append((char) c);
        } else if (ends && !line.isEmpty()) {
          lines.add(new Output.Line(line.toString()));
          line.setLength(0);
        }
      }
      if (!line.isEmpty()) {
        lines.add(new Output.Line(line.toString()));
      }
    } catch (IOException e) {
      lines.add(new Output.Line("output lost: " + e.getMessage()));
    } finally {
      lines.add(new Output.End());
    }
  }

  private static void keep(Deque<String> last, String line) {
    if (last.size() == KEPT_LINES) {
      last.removeFirst();
    }
    last.addLast(line);
  }
}
