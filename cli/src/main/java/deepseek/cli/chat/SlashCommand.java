package deepseek.cli.chat;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What may be typed instead of a message. */
enum SlashCommand {
  HELP("", "show this"),
  SYSTEM("[TEXT]", "show or change what the model is told first"),
  PARAMS("[NAME VALUE]", "show or change how answers are made, e.g. /params temperature 0.7"),
  RETRY("", "ask the last message again"),
  RESET("", "forget the conversation"),
  SAVE("FILE", "write the conversation as JSON"),
  LOAD("FILE", "go on with a saved one"),
  STATS("", "show tokens and speed so far"),
  QUIT("", "leave; so does Ctrl-D");

  private final String argument;
  private final String meaning;

  SlashCommand(String argument, String meaning) {
    this.argument = argument;
    this.meaning = meaning;
  }

  String typed() {
    return "/" + name().toLowerCase(Locale.ROOT);
  }

  String usage() {
    return (typed() + " " + argument).strip();
  }

  static Optional<SlashCommand> of(String typed) {
    return Arrays.stream(values()).filter(command -> command.typed().equals(typed)).findFirst();
  }

  static String help() {
    StringBuilder text = new StringBuilder();
    for (SlashCommand command : values()) {
      text.append("%-22s %s%n".formatted(command.usage(), command.meaning));
    }
    return text.append(
            "A message goes on over the line after a \\ at its end, or between lines of \"\"\".")
        .toString();
  }
}
