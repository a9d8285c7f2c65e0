package deepseek.text.tokenizer;

import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.List;
import java.util.Optional;

/**
 * The part of {@link TokenizerGuard} for added tokens: one that normalises to the empty string
 * would match between any two bytes, and one that strips its own spaces may end before it begins.
 */
final class AddedTokensGuard {
  /** Up to a hundred tokens are searched with a table of a kilobyte per byte. */
  private static final int MAX_CHARS = 512;

  /** The library compares each with all previous ones: twice as many would take half a minute. */
  private static final int MAX_TOKENS = 1 << 15;

  private AddedTokensGuard() {}

  static void check(TokenizerJson json) throws Refusal {
    List<AddedToken> tokens = json.addedTokens();
    if (tokens.size() > MAX_TOKENS) {
      throw new Refusal(tokens.size() + " added tokens, of which " + MAX_TOKENS + " are possible");
    }
    for (AddedToken token : tokens) {
      if (token.content().length() > MAX_CHARS) {
        throw new Refusal("an added token of " + token.content().length() + " chars");
      }
    }
    Optional<String> normalizer = json.normalizer().filter(part -> !part.equals("null"));
    boolean anyNormalized = tokens.stream().anyMatch(AddedToken::normalized);
    if (normalizer.isEmpty() || !anyNormalized) {
      checkSpaces(tokens, AddedToken::content);
      return;
    }
    try (Normalizer library = Normalizer.of(normalizer.get())) {
      for (AddedToken token : tokens) {
        if (token.normalized()
            && !token.content().isEmpty()
            && library.normalized(token.content()).isEmpty()) {
          throw new Refusal("added token " + token.id() + ", which the normalizer removes");
        }
      }
      checkSpaces(
          tokens,
          token -> token.normalized() ? library.normalized(token.content()) : token.content());
    }
  }

  private interface Searched {
    String text(AddedToken token);
  }

  private static void checkSpaces(List<AddedToken> tokens, Searched searched) throws Refusal {
    if (tokens.stream().noneMatch(AddedToken::rstrip)) {
      return;
    }
    for (AddedToken token : tokens) {
      String text = token.lstrip() ? searched.text(token) : "";
      if (!text.isEmpty() && RegexCost.isSpace(text.charAt(0))) {
        throw new Refusal("an added token that strips the spaces it begins with");
      }
    }
  }

  /** The library's own normalizer, in a tokenizer to which every text is one unknown piece. */
  private record Normalizer(NativeTokenizer tokenizer) implements AutoCloseable {
    static Normalizer of(String json) {
      String model =
          "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"\",0.0]],\"byte_fallback\":false}";
      String text = "{\"version\":\"1.0\",\"normalizer\":" + json + ",\"model\":" + model + "}";
      return new Normalizer(NativeTokenizer.parse(text, "its normalizer"));
    }

    String normalized(String text) {
      return String.join("", tokenizer.tokens(text));
    }

    @Override
    public void close() {
      tokenizer.close();
    }
  }
}
