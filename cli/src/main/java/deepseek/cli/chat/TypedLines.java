package deepseek.cli.chat;

import deepseek.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Lines typed at a terminal, with editing, completion of commands and a history file. */
public final class TypedLines implements LineSource {
  private final Terminal terminal;
  private final Attributes before;
  private final LineReader reader;

  private TypedLines(Terminal terminal, LineReader reader) {
    this.terminal = terminal;
    this.reader = reader;
    this.before = terminal.getAttributes();
    Attributes silent = new Attributes(before);
    silent.setLocalFlag(Attributes.LocalFlag.ECHOCTL, false); // no ^C within an answer
    terminal.setAttributes(silent);
  }

  /** Has the terminal to itself until closed; the history file is made when missing. */
  public static TypedLines open(Path history) {
    try {
      Files.createDirectories(history.toAbsolutePath().getParent());
      Terminal terminal = TerminalBuilder.builder().name("deepseek").system(true).build();
      DefaultParser plain = new DefaultParser();
      plain.setQuoteChars(new char[0]);
      plain.setEscapeChars(new char[0]);
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .parser(plain)
              .completer(
                  new StringsCompleter(
                      Arrays.stream(SlashCommand.values()).map(SlashCommand::typed).toList()))
              .variable(LineReader.HISTORY_FILE, history)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      return new TypedLines(terminal, reader);
    } catch (IOException e) {
      throw new CliException(
          "open the terminal",
          "a terminal, and a folder for " + history,
          e.toString(),
          "pipe lines in, or set XDG_STATE_HOME to a folder you may write to",
          e);
    }
  }

  @Override
  public Line next(String prompt) {
    try {
      return new Line.Text(reader.readLine(prompt));
    } catch (UserInterruptException e) {
      return new Line.Interrupted();
    } catch (EndOfFileException e) {
      return new Line.End();
    }
  }

  @Override
  public OptionalInt columns() {
    int columns = terminal.getWidth();
    return columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
  }

  @Override
  public void whileInterruptible(Runnable interrupt, Runnable work) {
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> interrupt.run());
    try {
      work.run();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  @Override
  public void close() {
    try {
      reader.getHistory().save();
      terminal.setAttributes(before);
      terminal.close();
    } catch (IOException e) {
      throw new CliException(
          "keep the history", "a file to write", e.toString(), "free disk space", e);
    }
  }
}
