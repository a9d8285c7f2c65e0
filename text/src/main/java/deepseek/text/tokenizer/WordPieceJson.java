package deepseek.text.tokenizer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Model parts of BERT's WordPiece for tokenizer.json. */
record WordPieceJson(String unknown) {

  Map<String, JsonText> parts(List<String> tokens) {
    StringBuilder model = new StringBuilder(tokens.size() * 16);
    model.append("{\"type\":\"WordPiece\",\"unk_token\":");
    JsonText.append(model, unknown);
    model.append(",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,");
    model.append("\"vocab\":");
    TokenTable.vocabulary(model, tokens);
    model.append('}');
    Map<String, JsonText> parts = new LinkedHashMap<>();
    parts.put(
        "normalizer",
        JsonText.object(
            "type", "BertNormalizer",
            "clean_text", true,
            "handle_chinese_chars", true,
            "lowercase", true));
    parts.put("pre_tokenizer", JsonText.object("type", "BertPreTokenizer"));
    parts.put("decoder", JsonText.object("type", "WordPiece", "prefix", "##", "cleanup", true));
    parts.put("model", new JsonText(model.toString()));
    return parts;
  }

  /**
   * Converts GGUF's tokens, which mark the beginning of a word ({@code ▁sky}), to BERT's, which
   * mark the rest ({@code ##s}).
   */
  static List<String> respell(List<String> tokens) {
    return tokens.stream().map(WordPieceJson::respell).toList();
  }

  private static String respell(String token) {
    if (token.startsWith("[") && token.endsWith("]")) {
      return token;
    }
    return token.startsWith("▁") ? token.substring(1) : "##" + token;
  }
}
