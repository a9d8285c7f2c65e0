package deepseek.bench.speed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.bench.BenchException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer in Python, a script of tools/bench that answers each line of JSON by one. It waits between
 * orders, and ends with this.
 */
public final class PeerProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String needs;
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter orders;

  /**
   * Starts a script of tools/bench.
   *
   * @param needs what the script imports, for the message where that is missing
   */
  public PeerProcess(String python, String script, String needs, String... arguments) {
    this.needs = needs;
    List<String> command = new ArrayList<>(List.of(python, script(script)));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    // Else it would inherit what was set natively for our own threads; this names what we were
    // started with.
    builder.environment();
    Path errors = temporaryFile();
    try {
      process = builder.redirectError(errors.toFile()).start();
    } catch (IOException e) {
      delete(errors);
      throw unusable(String.valueOf(e.getMessage()).strip());
    }
    log = errors;
    answers = process.inputReader(StandardCharsets.UTF_8);
    orders = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** The start scripts name the checkout. */
  private static String script(String name) {
    Path home = Path.of(System.getProperty("deepseek.home", "."));
    return home.resolve("tools/bench").resolve(name).toString();
  }

  private static Path temporaryFile() {
    try {
      return Files.createTempFile("deepseek-peer", ".log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Sends an order and waits for its answer. */
  public JsonNode ask(JsonNode order) {
    try {
      orders.write(order + "\n");
      orders.flush();
    } catch (IOException e) {
      throw unusable(lastWords());
    }
    return answer();
  }

  /** Its next answer. */
  public JsonNode answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw unusable(lastWords());
      }
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw unusable("an answer that is not JSON");
    } catch (IOException e) {
      throw unusable(e.toString());
    }
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readString(log, StandardCharsets.ISO_8859_1).lines().toList();
      return lines.reversed().stream().filter(l -> !l.isBlank()).findFirst().orElse("it ended");
    } catch (IOException e) {
      return "it ended";
    }
  }

  private BenchException unusable(String got) {
    return new BenchException(
        "run the peer",
        "a Python with " + needs,
        got,
        "name one with --python; docs/performance.md says how it is made");
  }

  @Override
  public void close() {
    process.destroy();
    delete(log);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
