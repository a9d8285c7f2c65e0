package deepseek.serve.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the log says about a request, besides what HTTP tells; one thread fills it. */
public final class Account {
  private @Nullable String model;
  private @Nullable String finish;
  private @Nullable String error;
  private int promptTokens;
  private int newTokens;
  private long firstTokenNanos;
  private @Nullable String prompt;

  /** The model that was asked for. */
  public void model(String name) {
    model = name;
  }

  /** Adds tokens that were read and written. */
  public void tokens(int read, int written) {
    promptTokens += read;
    newTokens += written;
  }

  /** Why the answer ended. */
  public void finished(String reason) {
    finish = reason;
  }

  /** How long after the request the first token came; only the first call counts. */
  public void firstToken(long nanos) {
    firstTokenNanos = firstTokenNanos == 0 ? nanos : firstTokenNanos;
  }

  /** The prompt, which is logged only where the server is told to. */
  public void prompt(String text) {
    prompt = text;
  }

  void failed(ApiException e) {
    error = e.getMessage();
  }

  void abandoned() {
    finish = "abandoned";
  }

  /** The model that was asked for. */
  public Optional<String> model() {
    return Optional.ofNullable(model);
  }

  /** Why the answer ended. */
  public Optional<String> finish() {
    return Optional.ofNullable(finish);
  }

  /** What went wrong. */
  public Optional<String> error() {
    return Optional.ofNullable(error);
  }

  /** The prompt. */
  public Optional<String> prompt() {
    return Optional.ofNullable(prompt);
  }

  /** Tokens that were read. */
  public int promptTokens() {
    return promptTokens;
  }

  /** Tokens that were written. */
  public int newTokens() {
    return newTokens;
  }

  /** How long after the request the first token came; 0 if none did. */
  public long firstTokenNanos() {
    return firstTokenNanos;
  }
}
