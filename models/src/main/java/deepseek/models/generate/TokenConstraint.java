package deepseek.models.generate;

import deepseek.text.grammar.GrammarState;
import deepseek.text.grammar.TokenGrammar;
import deepseek.text.grammar.TokenMask;

/** What one answer may be, token by token. */
public interface TokenConstraint {
  /** The tokens that may come next; those that end an answer where it may end. */
  TokenMask mask();

  /** Takes the token that came. */
  void accept(int id);

  /** An answer that is a text of a grammar. */
  static TokenConstraint of(TokenGrammar grammar) {
    return new TokenConstraint() {
      private GrammarState state = grammar.start();

      @Override
      public TokenMask mask() {
        return grammar.mask(state);
      }

      @Override
      public void accept(int id) {
        state = grammar.accept(state, id);
      }
    };
  }
}
