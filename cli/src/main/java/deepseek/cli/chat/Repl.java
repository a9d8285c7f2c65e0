package deepseek.cli.chat;

import deepseek.DeepseekException;
import deepseek.cli.CliException;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Reads messages and commands in turn, and streams answers, until told to leave or the input ends.
 * What goes wrong costs a line on {@code err}, never the conversation.
 */
public final class Repl {
  private static final String BLOCK = "\"\"\"";
  private static final String CONTINUED = "\\";
  private static final String PROMPT = "> ";
  private static final String MORE = "... ";

  private final LineSource lines;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Responder responder;
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private final Totals totals = new Totals();
  private GenerationOptions options;
  private Conversation conversation;

  /** Sums over all answers, those that were forgotten included. */
  private static final class Totals {
    private int answers;
    private long promptTokens;
    private long answerTokens;
    private long decodeTokens;
    private long decodeNanos;

    void add(Generation answer) {
      answers++;
      promptTokens += answer.promptIds().length;
      answerTokens += answer.ids().length;
      decodeTokens += answer.timings().decodeTokens();
      decodeNanos += answer.timings().decodeNanos();
    }

    String report() {
      return String.format(
          Locale.ROOT,
          "%d answers; %d tokens read, %d written, %.1f tokens/s",
          answers,
          promptTokens,
          answerTokens,
          decodeNanos == 0 ? 0 : decodeTokens * 1e9 / decodeNanos);
    }
  }

  public Repl(
      LineSource lines,
      PrintWriter out,
      PrintWriter err,
      Responder responder,
      GenerationOptions options,
      Optional<String> system) {
    this.lines = lines;
    this.out = out;
    this.err = err;
    this.responder = responder;
    this.options =
        options.withCancelled(() -> interrupted.get() || options.cancelled().getAsBoolean());
    this.conversation = Conversation.begin(system);
  }

  /** Goes on until {@code /quit} or the end of the input; whether all went well. */
  public boolean run() {
    boolean allWell = true;
    boolean goesOn = true;
    while (goesOn) {
      Optional<String> message = read();
      if (message.isEmpty()) {
        break;
      }
      try {
        goesOn = take(message.get());
      } catch (DeepseekException e) {
        allWell = false;
        out.flush();
        err.println(e.getMessage());
      }
      out.flush();
    }
    return allWell;
  }

  /** Returns whether the conversation goes on. */
  private boolean take(String message) {
    if (message.startsWith("/")) {
      return obey(message);
    }
    if (!message.isBlank()) {
      say(message.strip());
    }
    return true;
  }

  /** The next message or command; empty at the end of the input. */
  private Optional<String> read() {
    while (true) {
      switch (lines.next(PROMPT)) {
        case Line.Text(String text) -> {
          Optional<String> message =
              text.strip().startsWith(BLOCK) ? block(text.strip()) : continued(text);
          if (message.isPresent()) {
            return message;
          }
        }
        case Line.Interrupted() -> out.println("Ctrl-D or /quit leaves.");
        case Line.End() -> {
          return Optional.empty();
        }
      }
    }
  }

  /** A line that goes on in the next while it ends with a backslash; empty if it was dropped. */
  private Optional<String> continued(String first) {
    StringBuilder message = new StringBuilder(first);
    while (message.toString().endsWith(CONTINUED)) {
      message.setLength(message.length() - CONTINUED.length());
      switch (lines.next(MORE)) {
        case Line.Text(String text) -> message.append('\n').append(text);
        case Line.Interrupted() -> {
          return Optional.empty();
        }
        case Line.End() -> {
          return Optional.of(message.toString());
        }
      }
    }
    return Optional.of(message.toString());
  }

  /** The text between three quotes and three quotes; empty if it was dropped. */
  private Optional<String> block(String first) {
    StringBuilder message = new StringBuilder();
    String line = first.substring(BLOCK.length());
    while (!line.stripTrailing().endsWith(BLOCK)) {
      message.append(line).append('\n');
      switch (lines.next(MORE)) {
        case Line.Text(String text) -> line = text;
        case Line.Interrupted() -> {
          return Optional.empty();
        }
        case Line.End() -> line = BLOCK;
      }
    }
    String last = line.stripTrailing();
    message.append(last, 0, last.length() - BLOCK.length());
    // A block is a message even if its first line looks like a command.
    return Optional.of(" " + message);
  }

  private void say(String text) {
    Conversation asked = conversation.ask(text);
    interrupted.set(false);
    lines.whileInterruptible(
        () -> interrupted.set(true),
        () -> {
          Generation answer = answer(asked);
          CutShort.note(err, answer, options);
          totals.add(answer);
          conversation = asked.answered(answer.text());
        });
  }

  private Generation answer(Conversation asked) {
    OptionalInt columns = lines.columns();
    if (columns.isEmpty()) {
      Generation answer = responder.answer(asked.messages(), options, this::stream);
      out.println();
      return answer;
    }
    WordWrap wrap = new WordWrap(columns.getAsInt(), this::stream);
    try {
      return responder.answer(asked.messages(), options, wrap::write);
    } finally {
      wrap.flush();
      out.println();
    }
  }

  private void stream(String piece) {
    out.print(piece);
    out.flush();
  }

  private boolean obey(String line) {
    String[] words = line.strip().split("\\s+", 2);
    String argument = words.length == 1 ? "" : words[1];
    SlashCommand command =
        SlashCommand.of(words[0])
            .orElseThrow(
                () ->
                    new CliException(
                        "obey",
                        "a command",
                        "'" + words[0] + "'",
                        "/help lists them; begin a message that starts with / with a space"));
    switch (command) {
      case HELP -> out.println(SlashCommand.help());
      case SYSTEM -> system(argument);
      case PARAMS -> params(argument);
      case RETRY -> retry();
      case RESET -> conversation = Conversation.begin(conversation.system());
      case SAVE -> conversation.save(file(command, argument));
      case LOAD -> load(file(command, argument));
      case STATS -> out.println(totals.report());
      case QUIT -> {
        return false;
      }
    }
    return true;
  }

  private void system(String text) {
    if (text.isEmpty()) {
      out.println(conversation.system().orElse("no system message"));
    } else {
      conversation = conversation.withSystem(text);
    }
  }

  private void params(String argument) {
    if (!argument.isEmpty()) {
      String[] assignment = argument.split("[\\s=]+", 2);
      AnswerParameter parameter = AnswerParameter.of(assignment[0]);
      options = parameter.set(options, assignment.length == 1 ? "" : assignment[1]);
    }
    out.println(AnswerParameter.show(options));
  }

  private void retry() {
    String question =
        conversation
            .lastQuestion()
            .orElseThrow(
                () -> new CliException("retry", "a message", "none yet", "type one first"));
    conversation = conversation.beforeLastQuestion();
    say(question);
  }

  private void load(Path file) {
    conversation = Conversation.load(file);
    out.println(conversation.turns().size() / 2 + " answers loaded");
  }

  private static Path file(SlashCommand command, String argument) {
    if (argument.isEmpty()) {
      throw new CliException(command.typed(), "a file name", "none", "type " + command.usage());
    }
    return Path.of(argument);
  }
}
