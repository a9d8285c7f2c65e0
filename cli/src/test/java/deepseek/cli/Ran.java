package deepseek.cli;

import deepseek.Environment;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** What one run of the command, inside this process, came to. */
record Ran(int exitCode, String out, String err) {
  static Ran deepseek(String... args) {
    return withInput("", args);
  }

  static Ran withInput(String input, String... args) {
    return withInput(input.getBytes(StandardCharsets.UTF_8), args);
  }

  /** With these environment variables alone, and a home folder where nothing is. */
  static Ran with(Map<String, String> variables, String input, String... args) {
    Environment environment = new Environment(variables, Path.of("/nonexistent"));
    return run(environment, input.getBytes(StandardCharsets.UTF_8), args);
  }

  static Ran withInput(byte[] input, String... args) {
    return run(Environment.ofProcess(), input, args);
  }

  private static Ran run(Environment environment, byte[] input, String... args) {
    InputStream in = new ByteArrayInputStream(input);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(
            in, new PrintWriter(out, true), new PrintWriter(err, true), Set.of(), environment);
    int exitCode = Main.run(console, args);
    return new Ran(exitCode, out.toString(), err.toString());
  }
}
