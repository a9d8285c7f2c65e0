package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another process with this one's classes, for what a process does only once. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * What {@code main} printed, once it has ended well.
   *
   * @param folder for its output
   * @param options the JVM's
   */
  public static String run(Path folder, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(folder, Map.of(), options, main, arguments);
  }

  /** With variables of the environment that this process has otherwise. */
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

  /** What {@code main} printed until it failed. */
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

  /** One that {@code main} never ends, for tests that kill it. */
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
