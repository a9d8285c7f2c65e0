package deepseek.cli;

import deepseek.DeepseekException;
import deepseek.hub.Aliases;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code deepseek} command. Exit codes: 0 done, 1 could not be done, 2 wrong usage; an error is
 * one line on stderr.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    // java.util.logging reads this when something first logs, which most runs never do.
    System.setProperty("java.util.logging.config.class", QuietLogging.class.getName());
    System.exit(run(Console.ofProcess(), args));
  }

  static int run(Console console, String... typed) {
    String[] args = Arguments.inOrder(typed);
    CommandLine command = commandLine(console, args);
    int exitCode;
    try {
      exitCode = command.execute(args);
    } catch (OutOfMemoryError e) {
      console.err().println("deepseek: out of memory (" + e.getMessage() + "); " + MORE_MEMORY);
      exitCode = CommandLine.ExitCode.SOFTWARE;
    } catch (LinkageError e) {
      console.err().println("deepseek: load native libraries: " + whyNotLoaded(rootOf(e)));
      exitCode = CommandLine.ExitCode.SOFTWARE;
    }
    int code = exitCode;
    return console.failure().map(e -> unwritten(console, e)).orElse(code);
  }

  /** A pipe that {@code head} has closed is no error; a file that couldn't be written is. */
  private static int unwritten(Console console, IOException e) {
    String got = String.valueOf(e.getMessage());
    if (!READER_GONE.matcher(got).find()) {
      console
          .err()
          .println(
              "deepseek: write to standard output: expected room for the results, got %s; the results are incomplete: free some space or write elsewhere"
                  .formatted(oneLine(got)));
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  static String whyNotLoaded(Throwable root) {
    String got = oneLine(root.toString());
    return root instanceof IOException
        ? "expected a cache folder to unpack them into, got %s; free some space, or choose another"
                .formatted(got)
            + " with DEEPSEEK_CACHE"
        : "expected those for %s, got %s; build on this machine anew, with a JDK for its processor"
            .formatted(new Version().platform(), got);
  }

  private static final Pattern READER_GONE = Pattern.compile("pipe", Pattern.CASE_INSENSITIVE);

  private static final String DID_YOU_MEAN = "; did you mean %s?";

  private static final String MORE_MEMORY =
      "ask for less at once, or give Java more with DEEPSEEK_JAVA_OPTS=-Xmx...";

  /** The command as {@link Deepseek#commandLine} makes it, with our manners. */
  static CommandLine commandLine(Console console, String... args) {
    CommandLine command = Deepseek.commandLine(console, args);
    command.setOut(console.out());
    command.setErr(console.err());
    Converters.register(command);
    command.setAbbreviatedOptionsAllowed(false);
    command.setUsageHelpAutoWidth(console.isTerminal(Console.Stream.OUT));
    command.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            console.isTerminal(Console.Stream.OUT) ? Ansi.AUTO : Ansi.OFF));
    command.setParameterExceptionHandler((e, arguments) -> misused(e));
    command.setExecutionExceptionHandler(Main::failed);
    return command;
  }

  private static int misused(ParameterException e) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .printf(
            "deepseek: %s; see %s --help%n",
            oneLine(complaint(e)), command.getCommandSpec().qualifiedName());
    return CommandLine.ExitCode.USAGE;
  }

  private static String complaint(ParameterException e) {
    if (e.getCause() instanceof TypeConversionException refused && e.getArgSpec() != null) {
      return nameOf(e.getArgSpec()) + ": " + refused.getMessage();
    }
    String message = String.valueOf(e.getMessage()).replaceFirst("^Error: ", ""); // of groups
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return message;
    }
    CommandLine command = e.getCommandLine();
    String word = unmatched.getUnmatched().getFirst();
    return unmatched.isUnknownOption()
        ? message + meant(word.replaceFirst("=.*", ""), options(command))
        : unexpected(command, unmatched.getUnmatched())
            + nested(command, word)
                .or(() -> Nearest.to(word, verbs(command)))
                .map(DID_YOU_MEAN::formatted)
                .orElse("");
  }

  /** {@code kernels list} for {@code list}. */
  private static Optional<String> nested(CommandLine command, String word) {
    return command.getSubcommands().entrySet().stream()
        .filter(verb -> verbs(verb.getValue()).contains(word))
        .map(verb -> verb.getKey() + " " + word)
        .findFirst();
  }

  private static String meant(String word, Collection<String> known) {
    return Nearest.to(word, known).map(DID_YOU_MEAN::formatted).orElse("");
  }

  private static List<String> options(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .flatMap(option -> Stream.of(option.names()))
        .toList();
  }

  private static List<String> verbs(CommandLine command) {
    return command.getSubcommands().entrySet().stream()
        .filter(verb -> !verb.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String unexpected(CommandLine command, List<String> words) {
    String verbs = String.join(", ", verbs(command));
    String got = "'" + String.join(" ", words) + "'";
    return verbs.isEmpty()
        ? got + " is not expected"
        : "VERB: expected one of " + verbs + ", got " + got;
  }

  private static String nameOf(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    boolean verbose = isVerbose(parsed);
    if (e instanceof DeepseekException) {
      err.println("deepseek: " + oneLine(String.valueOf(e.getMessage())) + meantModel(parsed));
    } else {
      err.printf(
          "deepseek: unexpected %s%s%n",
          oneLine(e.toString()), verbose ? "" : "; --verbose shows the stack trace");
    }
    if (verbose) {
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** A name without organisation that is nearly an alias. */
  private static String meantModel(ParseResult parsed) {
    return parsed.asCommandLineList().getLast().getParseResult().matchedPositionals().stream()
        .filter(argument -> argument.paramLabel().equals("MODEL"))
        .map(argument -> argument.originalStringValues().getFirst())
        .filter(name -> !name.contains("/") && Aliases.shipped().canonicalName(name).isEmpty())
        .map(name -> meant(name, Aliases.shipped().spellings()))
        .findFirst()
        .orElse("");
  }

  private static boolean isVerbose(ParseResult parsed) {
    return parsed.asCommandLineList().stream()
        .anyMatch(verb -> verb.getParseResult().hasMatchedOption("--verbose"));
  }

  private static Throwable rootOf(Throwable e) {
    Throwable cause = e.getCause();
    return cause == null ? e : rootOf(cause);
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
