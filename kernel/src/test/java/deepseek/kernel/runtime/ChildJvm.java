package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another JVM with this one's class path, for what a process does only once. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * Runs {@code main} to a successful end and returns its output.
   *
   * @param folder for its output
   * @param options of the JVM
   */
  public static String run(Path folder, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(folder, Map.of(), options, main, arguments);
  }

  /** The same, with additional environment variables. */
  public static String run(
      Path folder,
      Map<String, String> environment,
      List<String> options,
      Class<?> main,
      String... arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process = start(output, environment, options, main, arguments);
    assertThat(process.waitFor()).as(Files.readString(output)).isZero();
    return Files.readString(output);
  }

  /** Runs {@code main}, which must fail, and returns its output. */
  public static String runToFailure(
      Path folder,
      Map<String, String> environment,
      List<String> options,
      Class<?> main,
      String... arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process = start(output, environment, options, main, arguments);
    assertThat(process.waitFor()).as(Files.readString(output)).isNotZero();
    return Files.readString(output);
  }

  /** Starts a process whose {@code main} never ends, for tests that kill it. */
  public static Process start(Path output, Class<?> main, String... arguments) throws IOException {
    return start(output, Map.of(), List.of(), main, arguments);
  }

  private static Process start(
      Path output,
      Map<String, String> environment,
      List<String> options,
      Class<?> main,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }
}
