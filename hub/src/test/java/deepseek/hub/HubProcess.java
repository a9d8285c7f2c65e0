package deepseek.hub;

import deepseek.files.DataException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Resolves a model in a separate process, printing its progress events. */
final class HubProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final List<String> lines = new ArrayList<>();

  private HubProcess(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Arguments: endpoint, home folder, source. */
  public static void main(String[] arguments) {
    Map<String, String> variables = Map.of("HF_ENDPOINT", arguments[0]);
    HubOptions options = HubOptions.fromEnvironment(variables, Path.of(arguments[1]));
    try {
      ModelLocation model =
          new ModelHub(options, event -> System.out.println(event)).resolve(arguments[2]);
      System.out.println("resolved " + model.root());
    } catch (DataException e) {
      System.out.println("failed " + e.getMessage());
    }
  }

  static HubProcess start(String shellPrefix, HubServer server, Path home, String source)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        List.of(
            "sh",
            "-c",
            shellPrefix + "exec \"$@\"",
            "sh",
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            HubProcess.class.getName(),
            server.endpoint(),
            home.toString(),
            source);
    return new HubProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Reads until a line contains the text; fails if the process ends before. */
  String awaitLine(String text) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("no '" + text + "' in " + lines);
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    output.close();
  }
}
