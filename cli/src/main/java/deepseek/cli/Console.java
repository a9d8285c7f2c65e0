package deepseek.cli;

import deepseek.Environment;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a command reads and writes, all of it UTF-8; a test brings its own. */
final class Console {
  /** The three streams of a process. */
  enum Stream {
    IN,
    OUT,
    ERR
  }

  /** Remembers why writing failed, which a PrintWriter keeps to itself. */
  private static final class Results extends FilterWriter {
    private @Nullable IOException failure;

    Results(Writer to) {
      super(to);
    }

    /** Something to write or to flush. */
    private interface Step {
      void run() throws IOException;
    }

    private void take(Step step) throws IOException {
      try {
        step.run();
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    @Override
    public void write(int letter) throws IOException {
      take(() -> super.write(letter));
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      take(() -> super.write(text, from, length));
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      take(() -> super.write(text, from, length));
    }

    @Override
    public void flush() throws IOException {
      take(super::flush);
    }
  }

  private final BufferedReader in;
  private final Results results;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Set<Stream> terminals;
  private final Environment environment;

  Console(InputStream in, Writer out, Writer err, Set<Stream> terminals) {
    this(in, out, err, terminals, Environment.ofProcess());
  }

  Console(InputStream in, Writer out, Writer err, Set<Stream> terminals, Environment environment) {
    // A decoder of its own, because the usual reader puts U+FFFD where the input is broken.
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    this.results = new Results(out);
    this.out = new PrintWriter(results, true);
    this.err = new PrintWriter(err, true);
    this.terminals = Set.copyOf(terminals);
    this.environment = environment;
  }

  /** The console of this process; the start script says which streams are terminals. */
  static Console ofProcess() {
    String names = System.getProperty("deepseek.terminals", "");
    Set<Stream> terminals = EnumSet.noneOf(Stream.class);
    for (Stream stream : Stream.values()) {
      if (names.contains(stream.name())) {
        terminals.add(stream);
      }
    }
    // Not System.out, which hides a closed pipe from checkError.
    return new Console(
        System.in, writer(FileDescriptor.out), writer(FileDescriptor.err), terminals);
  }

  private static Writer writer(FileDescriptor file) {
    return new OutputStreamWriter(new FileOutputStream(file), StandardCharsets.UTF_8);
  }

  /** Results. */
  PrintWriter out() {
    return out;
  }

  /** Progress, notes and errors. */
  PrintWriter err() {
    return err;
  }

  /** Prints part of a text at once. */
  void stream(String piece) {
    out.print(piece);
    out.flush();
  }

  /** Whether results can't be written any more: their reader has gone, the disk is full. */
  boolean isAbandoned() {
    return out.checkError();
  }

  /** Why results could not be written, after all were; empty if they could. */
  Optional<IOException> failure() {
    out.flush();
    return Optional.ofNullable(results.failure);
  }

  /** The variables that say where the caches are, among others. */
  Environment environment() {
    return environment;
  }

  boolean isTerminal(Stream stream) {
    return terminals.contains(stream);
  }

  /** The next line of standard input; empty at its end. */
  Optional<String> readLine() {
    try {
      return Optional.ofNullable(in.readLine());
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** The rest of standard input. */
  String readAll() {
    try {
      StringWriter text = new StringWriter();
      in.transferTo(text);
      return text.toString();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static CliException unreadable(IOException e) {
    return e instanceof CharacterCodingException
        ? new CliException(
            "read standard input",
            "UTF-8 text",
            "bytes that are not UTF-8",
            "convert it first, e.g. with iconv -t UTF-8",
            e)
        : new CliException(
            "read standard input", "text", e.toString(), "check what is piped in", e);
  }
}
