package deepseek.text.tokenizer;

import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import deepseek.text.tokenizer.TokenizerJson.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A vocabulary with the types of its tokens, by SentencePiece's numbers, which GGUF uses too.
 * Without types every token is a normal one.
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
record TokenTable(List<String> tokens, long[] types) {
  static final int NORMAL = 1;
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  int type(int id) {
    return types.length == 0 ? NORMAL : (int) types[id];
  }

  /** Whether merging may produce the piece; others are never part of text. */
  boolean mergeable(int id) {
    return switch (type(id)) {
      case UNKNOWN, CONTROL, UNUSED, BYTE -> false;
      default -> true;
    };
  }

  Optional<String> firstOfType(int type) {
    for (int id = 0; id < types.length; id++) {
      if (type(id) == type) {
        return Optional.of(tokens.get(id));
      }
    }
    return Optional.empty();
  }

  /**
   * The whole tokenizer.json.
   *
   * @param spelled the tokens in the library's spelling; those with another spelling can't be added
   *     tokens
   */
  TokenizerJson assemble(List<String> spelled, Map<String, JsonText> parts, PostProcessor frame) {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < spelled.size(); id++) {
      int type = type(id);
      boolean unchanged = spelled.get(id).equals(tokens.get(id)) || type == CONTROL;
      if ((type == CONTROL || type == UNKNOWN || type == USER_DEFINED)
          && unchanged
          && !spelled.get(id).isEmpty()) {
        added.add(AddedToken.of(id, spelled.get(id), type != USER_DEFINED));
      }
    }
    String list = TokenizerJson.json(added);
    StringBuilder text = new StringBuilder("{\"version\":\"1.0\"");
    field(text, TokenizerJson.ADDED_TOKENS, list);
    Span listed = new Span(text.length() - list.length(), text.length());
    field(text, "post_processor", frame.json().json());
    parts.forEach((name, part) -> field(text, name, part.json()));
    text.append('}');
    return new TokenizerJson(
        text.toString(),
        added,
        new ArrayList<>(spelled),
        spelled.size(),
        Optional.of(listed),
        Optional.ofNullable(parts.get("normalizer")).map(JsonText::json),
        Optional.ofNullable(parts.get("decoder")).map(JsonText::json),
        TokenizerGuard.limit(parts));
  }

  private static void field(StringBuilder text, String name, String json) {
    text.append(",\"").append(name).append("\":").append(json);
  }

  /** Appends {@code {"token":id,…}}. */
  static void vocabulary(StringBuilder json, List<String> tokens) {
    json.append('{');
    for (int id = 0; id < tokens.size(); id++) {
      json.append(id == 0 ? "" : ",");
      JsonText.append(json, tokens.get(id));
      json.append(':').append(id);
    }
    json.append('}');
  }
}
