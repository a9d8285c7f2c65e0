package deepseek.text.tokenizer;

import deepseek.files.DataException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Model parts of a byte-level BPE (GPT-2's kind) for tokenizer.json. */
record ByteLevelJson(List<String> merges, PreTokenizer preTokenizer) {

  Map<String, JsonText> parts(List<String> tokens) {
    StringBuilder model = new StringBuilder(tokens.size() * 48);
    model
        .append("{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,")
        .append("\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,")
        .append("\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":")
        .append(preTokenizer.ignoreMerges())
        .append(",\"vocab\":");
    TokenTable.vocabulary(model, tokens);
    model.append(",\"merges\":[");
    for (int i = 0; i < merges.size(); i++) {
      String merge = merges.get(i);
      // Not the first character: a token may itself begin with a space.
      int space = merge.indexOf(' ', 1);
      if (space < 0) {
        throw new DataException(
            GgufTokenizer.OPERATION,
            "two tokens in each of tokenizer.ggml.merges",
            "'" + merge + "' at " + i,
            "convert the model again");
      }
      model.append(i == 0 ? "[" : ",[");
      JsonText.append(model, merge.substring(0, space));
      model.append(',');
      JsonText.append(model, merge.substring(space + 1));
      model.append(']');
    }
    model.append("]}");
    Map<String, JsonText> parts = new LinkedHashMap<>();
    parts.put("pre_tokenizer", preTokenizer.json());
    parts.put(
        "decoder",
        JsonText.object(
            "type", "ByteLevel",
            "add_prefix_space", true,
            "trim_offsets", true,
            "use_regex", true));
    parts.put("model", new JsonText(model.toString()));
    return parts;
  }
}
