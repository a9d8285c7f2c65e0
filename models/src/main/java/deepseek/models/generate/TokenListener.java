package deepseek.models.generate;

/**
 * Hears of a request's answer as it comes, on the engine's thread: it must neither wait nor call
 * the engine. What it throws fails its request.
 */
public interface TokenListener {
  /** The next token, if it doesn't end the answer; false ends it. */
  boolean token(TokenChoice choice);

  /** The answer has ended; nothing comes after this. */
  void end(Answer answer);

  /** The request has failed; nothing comes after this. */
  void failed(RuntimeException reason);
}
