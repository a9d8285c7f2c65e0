package deepseek.text.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Splits one answer, as it comes, into reasoning, text and tool calls. */
public final class AnswerParser {
  private final int mostCalls;
  private final Optional<ReasoningSplitter> splitter;
  private final Optional<ToolCallParser> calls;
  private List<Delta> out = new ArrayList<>();

  /** Whether an answer begins with reasoning. */
  public enum Reasoning {
    /** No: such tags are text. */
    NONE,
    /** Where it begins with the tag. */
    TAGGED,
    /** The prompt has opened the tag. */
    OPENED
  }

  /**
   * What to look for in an answer.
   *
   * @param format of tool calls; empty where there are no tools
   * @param tools the tools' names
   * @param mostCalls after which further ones are left out
   * @param isCallAlone whether the answer is held to be a call as {@code {"name": ..., "arguments":
   *     ...}} and nothing else
   */
  public record Expected(
      Reasoning reasoning,
      Optional<ToolFormat> format,
      Set<String> tools,
      int mostCalls,
      boolean isCallAlone) {
    /** Text only. */
    public static final Expected TEXT =
        new Expected(Reasoning.NONE, Optional.empty(), Set.of(), 0, false);
  }

  /** Looks for what is expected; {@code ids} makes an id for each call. */
  public AnswerParser(Expected expected, Supplier<String> ids) {
    this.mostCalls = expected.mostCalls();
    this.calls =
        expected.isCallAlone()
            ? Optional.of(ToolCallParser.ofCallAlone(expected.tools(), ids))
            : expected.format().map(format -> new ToolCallParser(format, expected.tools(), ids));
    this.splitter =
        expected.reasoning() == Reasoning.NONE
            ? Optional.empty()
            : Optional.of(
                new ReasoningSplitter(
                    expected.reasoning() == Reasoning.OPENED,
                    text -> out.add(new Delta.Reasoning(text)),
                    this::answer));
  }

  private void answer(String text) {
    if (calls.isPresent()) {
      calls.get().push(text, out);
    } else if (!text.isEmpty()) {
      out.add(new Delta.Content(text));
    }
  }

  /** Takes more of the answer; what is sure by now. */
  public List<Delta> push(String text) {
    if (splitter.isPresent()) {
      splitter.get().push(text);
    } else {
      answer(text);
    }
    return take();
  }

  /** What is left once no more text comes. */
  public List<Delta> finish() {
    splitter.ifPresent(ReasoningSplitter::finish);
    calls.ifPresent(parser -> parser.finish(out));
    return take();
  }

  private List<Delta> take() {
    List<Delta> taken = out;
    out = new ArrayList<>();
    taken.removeIf(
        delta ->
            switch (delta) {
              case Delta.CallBegin begin -> begin.index() >= mostCalls;
              case Delta.CallArguments more -> more.index() >= mostCalls;
              case Delta.Reasoning _, Delta.Content _ -> false;
            });
    return taken;
  }

  /** Whether the answer has tool calls, as far as is known. */
  public boolean hasCalls() {
    return calls.isPresent() && calls.get().calls() > 0;
  }
}
