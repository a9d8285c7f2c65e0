package deepseek.text.chat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Splits an answer, as it comes, into text and tool calls. */
final class ToolCallParser {
  private final ToolFormat format;
  private final Set<String> tools;
  private final Supplier<String> ids;
  private final StringBuilder held = new StringBuilder();
  private final StringBuilder raw = new StringBuilder();
  private CallSyntax syntax;
  private Optional<CallReader> reader = Optional.empty();
  private boolean isAmongCalls;
  private boolean isBare;
  private boolean hasBegun;
  private boolean isAnnounced;
  private boolean isEmpty = true;
  private int calls;

  /**
   * @param tools names that a call without marker must have
   * @param ids makes an id for a call
   */
  ToolCallParser(ToolFormat format, Set<String> tools, Supplier<String> ids) {
    this.format = format;
    this.tools = tools;
    this.ids = ids;
    this.syntax = format.syntax();
  }

  /** Reads an answer that is a call and nothing else, whatever the family's format. */
  static ToolCallParser ofCallAlone(Set<String> tools, Supplier<String> ids) {
    ToolCallParser parser = new ToolCallParser(ToolFormat.LLAMA3, tools, ids);
    parser.isAmongCalls = true;
    parser.hasBegun = true;
    return parser;
  }

  /** Calls that have begun. */
  int calls() {
    return calls;
  }

  void push(String text, List<Delta> out) {
    held.append(text);
    boolean advances = true;
    while (advances && !held.isEmpty()) {
      advances = reader.isPresent() ? readCall(out) : isAmongCalls ? between() : text(out);
    }
  }

  /** What is left once no more text comes. */
  void finish(List<Delta> out) {
    if (reader.isPresent() && isAnnounced) {
      passArguments(out);
    }
    reader = Optional.empty();
    if (isAmongCalls && isEmpty) {
      content(raw.append(held).toString(), out);
    } else if (!isAmongCalls) {
      content(held.toString(), out);
    }
    held.setLength(0);
  }

  private boolean text(List<Delta> out) {
    if (!hasBegun && format.isBare()) {
      int start = 0;
      while (start < held.length() && Character.isWhitespace(held.charAt(start))) {
        start++;
      }
      if (start == held.length()) {
        return false;
      }
      if (held.charAt(start) == '{') {
        beginCalls(start);
        isBare = true;
        return true;
      }
    }
    int at = held.indexOf(format.opening());
    if (at >= 0) {
      content(held.substring(0, at).stripTrailing(), out);
      beginCalls(at + format.opening().length());
      raw.append(format.opening());
      return true;
    }
    int keep = Markers.heldBack(held, format.opening());
    // Blanks before a call are not part of the answer.
    int end = held.length() - keep;
    while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
      end--;
    }
    hasBegun |= end > 0;
    content(take(end), out);
    return false;
  }

  private void beginCalls(int from) {
    hasBegun = true;
    take(from);
    isAmongCalls = true;
    isBare = false;
    isEmpty = true;
    syntax = format.syntax();
    raw.setLength(0);
  }

  private boolean between() {
    String closing = format.closing();
    if (!closing.isEmpty() && held.length() >= closing.length() && held.indexOf(closing) == 0) {
      take(closing.length());
      isAmongCalls = false;
      raw.setLength(0);
      return true;
    }
    if (!closing.isEmpty() && Markers.heldBack(held, closing) == held.length()) {
      return false;
    }
    char letter = held.charAt(0);
    reader = syntax.push(letter);
    isAnnounced = false;
    if (reader.isEmpty()) {
      raw.append(letter);
      take(1);
    }
    return true;
  }

  private boolean readCall(List<Delta> out) {
    CallReader call = reader.orElseThrow();
    int used = 0;
    while (used < held.length() && !call.isDone()) {
      raw.append(held.charAt(used));
      call.push(held.charAt(used++));
    }
    take(used);
    if (call.isBroken() || isForeign(call)) {
      giveUp(out);
      return true;
    }
    announce(call, out);
    passArguments(out);
    if (call.isDone()) {
      reader = Optional.empty();
      raw.setLength(0);
    }
    return true;
  }

  /** Whether JSON that stands there without marker is not a call. */
  private boolean isForeign(CallReader call) {
    return isBare && !call.name().isEmpty() && !tools.contains(call.name());
  }

  /** Passes on as text what looked like a call. */
  private void giveUp(List<Delta> out) {
    if (!isAnnounced) {
      content(raw.toString(), out);
    }
    raw.setLength(0);
    reader = Optional.empty();
    isAmongCalls = false;
    isBare = false;
  }

  private void announce(CallReader call, List<Delta> out) {
    if (!isAnnounced && !call.name().isEmpty()) {
      out.add(new Delta.CallBegin(calls++, ids.get(), call.name()));
      isAnnounced = true;
      isEmpty = false;
    }
  }

  private void passArguments(List<Delta> out) {
    if (isAnnounced) {
      String json = reader.map(CallReader::takeArguments).orElse("");
      if (!json.isEmpty()) {
        out.add(new Delta.CallArguments(calls - 1, json));
      }
    }
  }

  private String take(int length) {
    String taken = held.substring(0, length);
    held.delete(0, length);
    return taken;
  }

  private static void content(String text, List<Delta> out) {
    if (!text.isEmpty()) {
      out.add(new Delta.Content(text));
    }
  }
}
