package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The whole programs on a page of docs, compiled; each by the name of its class. */
final class DocumentedPrograms {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern PROGRAM =
      Pattern.compile("^final class (\\w+) \\{$", Pattern.MULTILINE);

  private final Map<String, String> sources = new TreeMap<>();
  private final Path classes;

  /** Compiles them into {@code classes}. */
  DocumentedPrograms(Path page, Path classes) throws IOException {
    this.classes = classes;
    List<Path> files = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(Files.readString(page));
    while (blocks.find()) {
      Matcher program = PROGRAM.matcher(blocks.group(1));
      if (program.find()) {
        sources.put(program.group(1), blocks.group(1));
        files.add(Files.writeString(classes.resolve(program.group(1) + ".java"), blocks.group(1)));
      }
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of("-d", classes.toString(), "-proc:none", "-classpath", classPath());
      boolean compiles =
          compiler
              .getTask(
                  complaints,
                  manager,
                  null,
                  options,
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      assertThat(compiles).as(complaints.toString()).isTrue();
    }
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  /** Their classes' names. */
  List<String> names() {
    return List.copyOf(sources.keySet());
  }

  /** What one prints on standard output; it has to exit with 0. */
  String run(String name, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classes + System.getProperty("path.separator") + classPath()));
    command.add(name);
    command.addAll(List.of(arguments));
    Path errors = classes.resolve(name + ".err");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(name + ": " + Files.readString(errors)).isZero();
    return said;
  }
}
