package deepseek.text.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import deepseek.files.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a {@code tokenizer.json} that Java needs: its tokens, which of them are special, and
 * where those are listed in the text, so that the list can be replaced without parsing the rest.
 *
 * <p>The single pass over the file also rejects what would crash the native library, see {@link
 * TokenizerGuard}.
 *
 * @param text the file
 * @param addedTokens the entries of {@code added_tokens}, in file order
 * @param vocabulary token texts by id, null where there is none
 * @param modelSize the number of ids of the model itself; those of added tokens may be higher
 * @param list the position of the value of {@code added_tokens}, if the file has one
 * @param normalizer the file's normalizer, verbatim
 * @param decoder the file's decoder, verbatim
 * @param limit of the texts that the library can encode
 */
record TokenizerJson(
    String text,
    List<AddedToken> addedTokens,
    List<@Nullable String> vocabulary,
    int modelSize,
    Optional<Span> list,
    Optional<String> normalizer,
    Optional<String> decoder,
    TextLimit limit) {

  static final String ADDED_TOKENS = "added_tokens";

  /** The native library fails at 128, sometimes with a panic. */
  private static final int MAX_DEPTH = 100;

  /** Tries of pieces are freed recursively, one byte per call. */
  private static final int MAX_PIECE_BYTES = 1024;

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(1 << 20)
                  .maxStringLength(1 << 26)
                  .build())
          .build();

  /**
   * An entry of {@code added_tokens}.
   *
   * @param singleWord recognised only between word boundaries
   * @param lstrip includes the spaces before it
   * @param rstrip includes the spaces after it
   * @param normalized searched in the normalized text
   */
  record AddedToken(
      int id,
      String content,
      boolean singleWord,
      boolean lstrip,
      boolean rstrip,
      boolean normalized,
      boolean special) {
    /** A token that is recognised wherever its text occurs. */
    static AddedToken of(int id, String content, boolean special) {
      return new AddedToken(id, content, false, false, false, false, special);
    }

    AddedToken withId(int other) {
      return new AddedToken(other, content, singleWord, lstrip, rstrip, normalized, special);
    }

    /** The entry in tokenizer.json. */
    String json() {
      JsonText object =
          JsonText.object(
              "id", id,
              "content", content,
              "single_word", singleWord,
              "lstrip", lstrip,
              "rstrip", rstrip,
              "normalized", normalized,
              "special", special);
      return object.json();
    }
  }

  /** Half-open range of characters. */
  record Span(int from, int to) {}

  static TokenizerJson scan(String text, String source) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return new Scanner(text, source, parser).scan();
    } catch (JsonProcessingException e) {
      throw malformed(source, String.valueOf(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw malformed(source, String.valueOf(e.getMessage()), e);
    }
  }

  /** The same tokenizer with another list of added tokens. */
  TokenizerJson withAddedTokens(List<AddedToken> tokens) {
    String json = json(tokens);
    int brace = text.indexOf('{') + 1;
    String key = list.isPresent() ? "" : "\"" + ADDED_TOKENS + "\":";
    String comma = list.isPresent() ? "" : ",";
    Span old = list.orElse(new Span(brace, brace));
    int from = old.from + key.length();
    String edited = text.substring(0, old.from) + key + json + comma + text.substring(old.to);
    List<@Nullable String> all = new ArrayList<>(vocabulary);
    tokens.forEach(token -> put(all, token.id, token.content));
    return new TokenizerJson(
        edited,
        List.copyOf(tokens),
        all,
        modelSize,
        Optional.of(new Span(from, from + json.length())),
        normalizer,
        decoder,
        limit);
  }

  /**
   * This tokenizer without special tokens. The native library assigns ids beyond the model's to
   * added tokens by their order, so there each needs a placeholder that no text can contain.
   */
  TokenizerJson withoutSpecialTokens() {
    List<AddedToken> ordinary = new ArrayList<>();
    for (AddedToken token : addedTokens) {
      if (!token.special) {
        ordinary.add(token);
      } else if (token.id >= modelSize) {
        ordinary.add(AddedToken.of(token.id, UUID.randomUUID().toString(), true));
      }
    }
    return withAddedTokens(ordinary);
  }

  static String json(List<AddedToken> tokens) {
    StringJoiner list = new StringJoiner(",", "[", "]");
    tokens.forEach(token -> list.add(token.json()));
    return list.toString();
  }

  /** Sets a token, filling gaps in the ids with null. */
  private static void put(List<@Nullable String> tokens, int id, String token) {
    while (tokens.size() <= id) {
      tokens.add(null);
    }
    tokens.set(id, token);
  }

  private static DataException malformed(String source, String got, @Nullable Exception cause) {
    String line = got.lines().findFirst().orElse("");
    return new DataException(
        "read " + source,
        "a tokenizer.json of Hugging Face tokenizers",
        line.length() > 200 ? line.substring(0, 200) : line,
        "download the file again",
        cause);
  }

  /** One pass over the file. */
  private static final class Scanner {
    private final String text;
    private final String source;
    private final JsonParser parser;
    private final List<AddedToken> added = new ArrayList<>();
    private final List<@Nullable String> tokens = new ArrayList<>();
    private Optional<Span> list = Optional.empty();
    private final TokenizerGuard guard = new TokenizerGuard();
    private Optional<String> normalizer = Optional.empty();
    private Optional<String> decoder = Optional.empty();
    private boolean vocabularySeen;

    Scanner(String text, String source, JsonParser parser) {
      this.text = text;
      this.source = source;
      this.parser = parser;
    }

    TokenizerJson scan() throws IOException {
      require(parser.nextToken() == JsonToken.START_OBJECT, "a file that is no JSON object");
      String field;
      while ((field = parser.nextFieldName()) != null) {
        parser.nextToken();
        switch (field) {
          case ADDED_TOKENS -> {
            int from = offset();
            addedTokens();
            list = Optional.of(new Span(from, end()));
          }
          case "model" -> model();
          case "normalizer" -> normalizer = Optional.of(component(field));
          case "decoder" -> decoder = Optional.of(component(field));
          case "pre_tokenizer", "post_processor" -> guard.component(field, parser);
          default -> parser.skipChildren();
        }
      }
      require(vocabularySeen, "no model.vocab");
      int modelSize = tokens.size();
      added.forEach(token -> put(tokens, token.id, token.content));
      return new TokenizerJson(
          text, List.copyOf(added), tokens, modelSize, list, normalizer, decoder, guard.limit());
    }

    /** The text of a component, which the guard has checked. */
    private String component(String field) throws IOException {
      int from = offset();
      guard.component(field, parser);
      return text.substring(from, end());
    }

    private void addedTokens() throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return;
      }
      require(parser.currentToken() == JsonToken.START_ARRAY, "added_tokens that is no list");
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        addedToken();
      }
      require(parser.currentToken() == JsonToken.END_ARRAY, "an added token that is no object");
    }

    private void addedToken() throws IOException {
      int id = -1;
      String content = null;
      Set<String> flags = new HashSet<>();
      String field;
      while ((field = parser.nextFieldName()) != null) {
        JsonToken value = parser.nextToken();
        switch (field) {
          case "id" -> id = id(value);
          case "content" -> content = parser.getValueAsString();
          case "single_word", "lstrip", "rstrip", "normalized", "special" -> {
            if (value == JsonToken.VALUE_TRUE) {
              flags.add(field);
            }
          }
          default -> parser.skipChildren();
        }
      }
      require(id >= 0 && content != null, "an added token without id or content");
      added.add(
          new AddedToken(
              id,
              String.valueOf(content),
              flags.contains("single_word"),
              flags.contains("lstrip"),
              flags.contains("rstrip"),
              flags.contains("normalized"),
              flags.contains("special")));
    }

    private void model() throws IOException {
      require(parser.currentToken() == JsonToken.START_OBJECT, "a model that is no object");
      boolean merges = false;
      boolean prefixed = false;
      String field;
      while ((field = parser.nextFieldName()) != null) {
        JsonToken value = parser.nextToken();
        merges |= field.equals("merges");
        prefixed |=
            field.equals("continuing_subword_prefix")
                && value == JsonToken.VALUE_STRING
                && !parser.getText().isEmpty();
        if (field.equals("vocab")) {
          vocabulary();
          vocabularySeen = true;
        } else {
          parser.skipChildren();
        }
      }
      // The library removes the prefix from each merge's second half, even if it isn't there.
      require(!merges || !prefixed, "a BPE with continuing_subword_prefix");
    }

    private void vocabulary() throws IOException {
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        String token;
        while ((token = parser.nextFieldName()) != null) {
          put(tokens, id(parser.nextToken()), token);
        }
        return;
      }
      // Unigram: [[token, score], ...]; the id is the position.
      require(parser.currentToken() == JsonToken.START_ARRAY, "a vocab that is no list or object");
      for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
        require(parser.nextToken() == JsonToken.VALUE_STRING, "a vocab entry without a token");
        int bytes = parser.getText().getBytes(StandardCharsets.UTF_8).length;
        require(bytes <= MAX_PIECE_BYTES, "a piece of " + bytes + " bytes");
        put(tokens, id, parser.getText());
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          parser.skipChildren();
        }
      }
    }

    private int id(JsonToken token) throws IOException {
      require(token == JsonToken.VALUE_NUMBER_INT, "a token id that is no whole number");
      long id = parser.getLongValue();
      // Every entry has more than one character, so a larger id would only waste memory.
      require(id >= 0 && id < text.length(), "token id " + id);
      return (int) id;
    }

    private int offset() {
      return Math.toIntExact(parser.currentTokenLocation().getCharOffset());
    }

    /** The end of the current value: the parser scans scalars only when their text is requested. */
    private int end() throws IOException {
      parser.finishToken();
      return Math.toIntExact(parser.currentLocation().getCharOffset());
    }

    private void require(boolean condition, String got) {
      if (!condition) {
        throw malformed(source, got, null);
      }
    }
  }
}
