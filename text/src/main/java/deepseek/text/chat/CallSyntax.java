package deepseek.text.chat;

import java.util.Optional;

/** What stands around the calls of an answer, letter by letter, up to the first letter of each. */
sealed interface CallSyntax {
  /**
   * Takes a letter between calls; the reader of a call that begins with the letter, if one does.
   */
  Optional<CallReader> push(char letter);

  /** Objects with name and arguments, alone, in a list or one after another. */
  final class JsonCalls implements CallSyntax {
    @Override
    public Optional<CallReader> push(char letter) {
      return letter == '{' ? Optional.of(new CallReader()) : Optional.empty();
    }
  }

  /** The same, or a name before its arguments, perhaps with {@code [ARGS]} between. */
  final class NamedCalls implements CallSyntax {
    private static final String ARGS = "[ARGS]";

    private final StringBuilder before = new StringBuilder();

    @Override
    public Optional<CallReader> push(char letter) {
      if (letter != '{') {
        before.append(letter);
        return Optional.empty();
      }
      String text = before.toString().replace(ToolFormat.MISTRAL.opening(), "");
      before.setLength(0);
      int id = text.indexOf("[CALL_ID]");
      String name =
          (id < 0 ? text : text.substring(0, id)).replace(ARGS, "").replaceAll("[\\s\\[\\],]+", "");
      return Optional.of(name.isEmpty() ? new CallReader() : new CallReader(name));
    }
  }

  /**
   * DeepSeek-V3's {@code begin function sep NAME ```json ARGUMENTS``` end} and V3.1's {@code begin
   * NAME sep ARGUMENTS end}.
   */
  final class DeepseekCalls implements CallSyntax {
    private static final String BEGIN = "<｜tool▁call▁begin｜>";
    private static final String SEPARATOR = "<｜tool▁sep｜>";

    private final StringBuilder before = new StringBuilder();

    @Override
    public Optional<CallReader> push(char letter) {
      if (letter != '{') {
        before.append(letter);
        return Optional.empty();
      }
      String text = before.substring(before.lastIndexOf(BEGIN) < 0 ? 0 : before.lastIndexOf(BEGIN));
      before.setLength(0);
      String[] parts = text.replace(BEGIN, "").split(SEPARATOR, 2);
      boolean isNameFirst = parts.length < 2 || !parts[0].strip().equals("function");
      String name = isNameFirst ? parts[0] : parts[1].strip().lines().findFirst().orElse("");
      return Optional.of(new CallReader(name.strip()));
    }
  }
}
