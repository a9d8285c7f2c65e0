package deepseek.text.chat;

import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads one answer to a {@link ChatPrompt} as it comes: text and tokens go in, {@link Delta}s come
 * out, and the whole is kept.
 */
public final class AnswerReader {
  /** Mistral's templates take no other length. */
  private static final int ID_LENGTH = 9;

  private final Tokenizer tokenizer;
  private final AnswerParser parser;
  private final boolean isText;
  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<Call> calls = new ArrayList<>();

  /**
   * A tool call as the model wrote it.
   *
   * @param id made here, of nine letters and digits
   * @param arguments an object in JSON, unless the answer was cut off
   */
  public record Call(String id, String name, String arguments) {}

  /** Reads an answer of the model whose tokenizer this is; it stays the caller's. */
  public AnswerReader(Tokenizer tokenizer, ChatPrompt prompt) {
    this.tokenizer = tokenizer;
    this.isText = prompt.expected().equals(AnswerParser.Expected.TEXT);
    this.parser = new AnswerParser(prompt.expected(), AnswerReader::newId);
  }

  private static String newId() {
    return UUID.randomUUID().toString().replace("-", "").substring(0, ID_LENGTH);
  }

  /**
   * Takes more of the answer; what is sure by now.
   *
   * @param text which special tokens are not part of
   * @param ids the tokens that have come with it
   */
  public List<Delta> push(String text, int... ids) {
    return kept(parser.push(isText ? text : SpecialMarkers.restore(tokenizer, text, ids)));
  }

  /** What is left once no more text comes. */
  public List<Delta> finish() {
    return kept(parser.finish());
  }

  private List<Delta> kept(List<Delta> deltas) {
    for (Delta delta : deltas) {
      switch (delta) {
        case Delta.Reasoning(String text) -> reasoning.append(text);
        case Delta.Content(String text) -> content.append(text);
        case Delta.CallBegin(int _, String id, String name) -> calls.add(new Call(id, name, ""));
        case Delta.CallArguments(int index, String json) -> {
          Call call = calls.get(index);
          calls.set(index, new Call(call.id(), call.name(), call.arguments() + json));
        }
      }
    }
    return deltas;
  }

  /** What the model wrote before its answer; often empty. */
  public String reasoning() {
    return reasoning.toString();
  }

  /** The answer's text. */
  public String content() {
    return content.toString();
  }

  /** The answer's tool calls. */
  public List<Call> calls() {
    return calls.stream()
        .map(call -> call.arguments().isEmpty() ? new Call(call.id(), call.name(), "{}") : call)
        .toList();
  }
}
