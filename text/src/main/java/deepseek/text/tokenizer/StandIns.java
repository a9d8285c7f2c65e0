package deepseek.text.tokenizer;

import deepseek.files.DataException;
import deepseek.text.tokenizer.PromptText.Range;
import deepseek.text.tokenizer.SpecialTexts.Found;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * A copy of a tokenizer in which each special token is replaced by a placeholder with the same
 * flags that no text can contain. Special tokens in trusted text are replaced by their
 * placeholders, so that the library splits, strips and normalises around them as usual, and other
 * occurrences are plain text.
 */
final class StandIns implements AutoCloseable {
  private final Map<String, StandIn> byText = new LinkedHashMap<>();
  private final Map<Long, Long> originals = new HashMap<>();
  private final NativeTokenizer tokenizer;
  private final Vocabulary vocabulary;
  private final String unknown;

  /** {@code word}: whether the token is only recognised as a separate word. */
  private record StandIn(int id, String text, boolean word) {}

  StandIns(TokenizerSource source, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.unknown = source.special().text("unk_token").orElse("");
    TokenizerJson json = source.json().get();
    String secret = UUID.randomUUID().toString();
    List<AddedToken> tokens = new ArrayList<>();
    List<AddedToken> last = new ArrayList<>();
    for (AddedToken token : json.addedTokens()) {
      if (!token.special()) {
        tokens.add(token);
        continue;
      }
      AddedToken standIn = standIn(token, secret + ':' + token.id() + ':');
      // The library assigns ids to tokens that are not in the model by their order.
      (token.id() < json.modelSize() ? last : tokens).add(standIn);
    }
    tokens.addAll(last);
    this.tokenizer = NativeTokenizer.parse(json.withAddedTokens(tokens).text(), source.name());
    learnIds(source.name());
  }

  private AddedToken standIn(AddedToken token, String text) {
    byText.put(token.content(), new StandIn(token.id(), text, token.singleWord()));
    return new AddedToken(
        token.id(), text, false, token.lstrip(), token.rstrip(), token.normalized(), true);
  }

  /** Encodes each placeholder alone, since a normalizer may change one that follows others. */
  private void learnIds(String source) {
    for (StandIn standIn : byText.values()) {
      long[] ids = tokenizer.encode(standIn.text, false).ids();
      if (ids.length != 1) {
        tokenizer.close();
        throw new DataException(
            "read " + source,
            "special tokens that can be told from text",
            ids.length + " tokens in place of one",
            "let special tokens in texts count if these can be trusted");
      }
      originals.put(ids[0], (long) standIn.id);
    }
  }

  /** The ids of a prompt with special tokens at the ranges in {@code found}. */
  long[] encode(PromptText prompt, Found found) {
    String text = prompt.text();
    List<Range> places =
        found.written().stream().filter(place -> isWordIfItMustBe(text, place)).toList();
    long[] ids = encode(text, places);
    if (standIns(ids) != places.size()) {
      places = taken(text, places);
      ids = encode(text, places);
    }
    if (standIns(ids) != places.size()) {
      throw new DataException(
          "encode a prompt",
          places.size() + " special tokens of the template",
          standIns(ids) + " that this tokenizer finds",
          "let special tokens in texts count if these can be trusted");
    }
    for (int i = 0; i < ids.length; i++) {
      Long original = originals.get(ids[i]);
      if (original == null) {
        requireMere(ids[i], found);
      } else {
        ids[i] = original;
      }
    }
    return ids;
  }

  /** Encodes with placeholders at these ranges. */
  private long[] encode(String text, List<Range> places) {
    StringBuilder replaced = new StringBuilder(text.length());
    int from = 0;
    for (Range place : places) {
      replaced.append(text, from, place.from()).append(standIn(text, place).text);
      from = place.to();
    }
    return tokenizer.encode(replaced.append(text, from, text.length()).toString(), false).ids();
  }

  /**
   * The ranges where the library recognises a token. A token that is searched after normalisation
   * isn't recognised everywhere if the normalizer inserts something before its text, which depends
   * on the preceding characters.
   */
  private List<Range> taken(String text, List<Range> places) {
    List<Range> taken = new ArrayList<>();
    for (Range place : places) {
      taken.add(place);
      long[] ids = encode(text.substring(0, place.to()), taken);
      if (standIns(ids) < taken.size()) {
        taken.removeLast();
      }
    }
    return taken;
  }

  private long standIns(long[] ids) {
    return Arrays.stream(ids).filter(originals::containsKey).count();
  }

  private StandIn standIn(String text, Range place) {
    return Objects.requireNonNull(byText.get(text.substring(place.from(), place.to())));
  }

  private boolean isWordIfItMustBe(String text, Range place) {
    return !standIn(text, place).word || isWord(text, place);
  }

  private static boolean isWord(String text, Range place) {
    return (place.from() == 0 || !isWordPart(text.codePointBefore(place.from())))
        && (place.to() == text.length() || !isWordPart(text.codePointAt(place.to())));
  }

  private static boolean isWordPart(int c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  /**
   * Throws if text was encoded to a special token, which some models have among their ordinary
   * pieces.
   */
  private void requireMere(long id, Found found) {
    String token = vocabulary.token(Math.toIntExact(id));
    if (found.mere().contains(token) && !token.equals(unknown)) {
      throw new DataException(
          "encode a prompt",
          "text that this tokenizer can write without special tokens",
          "one that holds " + token,
          "leave it out, or let special tokens in texts count");
    }
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
