package deepseek.text.tokenizer;

import deepseek.files.DataException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Maps ids to tokens and back, and knows which ids are special. */
final class Vocabulary {
  private final List<@Nullable String> tokens;
  private final BitSet special;
  private @Nullable Map<String, Integer> ids;

  private Vocabulary(List<@Nullable String> tokens, BitSet special) {
    this.tokens = Collections.unmodifiableList(new ArrayList<>(tokens));
    this.special = (BitSet) special.clone();
  }

  static Vocabulary of(TokenizerJson json) {
    BitSet special = new BitSet();
    json.addedTokens().stream()
        .filter(TokenizerJson.AddedToken::special)
        .forEach(token -> special.set(token.id()));
    return new Vocabulary(json.vocabulary(), special);
  }

  /** A vocabulary that is only used to look up ids. */
  static Vocabulary of(List<String> tokens) {
    return new Vocabulary(new ArrayList<>(tokens), new BitSet());
  }

  int size() {
    return tokens.size();
  }

  /**
   * The token; empty for ids without one, since models pad their tables to round numbers of rows.
   */
  String token(int id) {
    checkId("look up a token", id);
    String token = id < tokens.size() ? tokens.get(id) : null;
    return token == null ? "" : token;
  }

  OptionalInt id(String token) {
    Integer id = ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  boolean special(int id) {
    return special.get(id);
  }

  void checkId(String operation, int id) {
    if (id < 0) {
      throw new DataException(
          operation, "an id from 0 on", Integer.toString(id), "check where the ids come from");
    }
  }

  /** Created on first use, since most programs never look up ids. */
  private synchronized Map<String, Integer> ids() {
    Map<String, Integer> known = ids;
    if (known == null) {
      known = HashMap.newHashMap(tokens.size());
      for (int id = 0; id < tokens.size(); id++) {
        String token = tokens.get(id);
        if (token != null) {
          known.putIfAbsent(token, id);
        }
      }
      ids = known;
    }
    return known;
  }
}
