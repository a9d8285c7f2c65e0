package deepseek.models.generate;

/** A request's tokens as they come, without one that ends the answer, and the whole answer. */
public final class TokenAnswer extends AnswerStream<TokenChoice, Answer> implements TokenListener {
  TokenAnswer() {}

  @Override
  public boolean token(TokenChoice choice) {
    offer(choice);
    return true;
  }

  @Override
  public void end(Answer answer) {
    complete(answer);
  }

  @Override
  public void failed(RuntimeException reason) {
    completeWith(reason);
  }
}
