package deepseek.models;

import deepseek.models.generate.TokenConstraint;
import deepseek.text.grammar.Grammar;
import deepseek.text.grammar.TokenGrammar;
import deepseek.text.grammar.TokenVocabulary;
import deepseek.text.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Grammars over a model's tokens; what was found out about the last ones is kept. */
final class Constraints {
  private static final int KEPT = 16;

  private final Tokenizer tokenizer;
  private final Set<Integer> endIds;
  private final Map<Grammar, TokenGrammar> grammars =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Grammar, TokenGrammar> eldest) {
          return size() > KEPT;
        }
      };
  private @Nullable TokenVocabulary vocabulary;

  Constraints(Tokenizer tokenizer, Set<Integer> endIds) {
    this.tokenizer = tokenizer;
    this.endIds = endIds;
  }

  /** Holds answers to the grammar, each from its beginning. */
  synchronized Supplier<TokenConstraint> of(Grammar grammar) {
    TokenGrammar tokens =
        grammars.computeIfAbsent(grammar, made -> new TokenGrammar(made, vocabulary()));
    return () -> TokenConstraint.of(tokens);
  }

  private TokenVocabulary vocabulary() {
    TokenVocabulary known = vocabulary;
    if (known == null) {
      known = TokenVocabulary.of(tokenizer, endIds);
      vocabulary = known;
    }
    return known;
  }
}
