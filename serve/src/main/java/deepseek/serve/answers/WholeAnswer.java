package deepseek.serve.answers;

import deepseek.models.generate.TokenChoice;
import deepseek.text.chat.Delta;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An answer that is collected from its updates. */
public final class WholeAnswer {
  /** A tool call. */
  public record Call(String id, String name, String arguments) {}

  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<String[]> heads = new ArrayList<>();
  private final List<StringBuilder> arguments = new ArrayList<>();
  private final List<TokenChoice> tokens = new ArrayList<>();
  private Optional<Update.Ending> end = Optional.empty();

  /** Nothing yet. */
  public WholeAnswer() {}

  /** The answers of a feed, once they have ended. */
  public static List<WholeAnswer> of(AnswerFeed feed, int choices) {
    List<WholeAnswer> answers = new ArrayList<>();
    for (int i = 0; i < choices; i++) {
      answers.add(new WholeAnswer());
    }
    feed.forEach(update -> answers.get(update.choice()).add(update));
    return answers;
  }

  /** Adds an update. */
  public void add(Update update) {
    update.deltas().forEach(this::add);
    tokens.addAll(update.tokens());
    end = update.end().or(() -> end);
  }

  /** Adds a part. */
  public void add(Delta delta) {
    switch (delta) {
      case Delta.Reasoning(String text) -> reasoning.append(text);
      case Delta.Content(String text) -> content.append(text);
      case Delta.CallBegin(int _, String id, String name) -> {
        heads.add(new String[] {id, name});
        arguments.add(new StringBuilder());
      }
      case Delta.CallArguments(int index, String json) -> arguments.get(index).append(json);
    }
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
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < heads.size(); i++) {
      String json = arguments.get(i).toString();
      calls.add(new Call(heads.get(i)[0], heads.get(i)[1], json.isEmpty() ? "{}" : json));
    }
    return calls;
  }

  /** The tokens that were written. */
  public List<TokenChoice> tokens() {
    return tokens;
  }

  /** How it ended. */
  public Update.Ending end() {
    return end.orElseThrow();
  }
}
