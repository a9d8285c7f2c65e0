package deepseek.text.tokenizer;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.List;

/**
 * Any text is encoded and decoded, by any tokenizer that loads, or is a DataException, and never a
 * crash: docs/fuzzing.md.
 */
class TokenizerTextFuzzTest {
  private static final String[] FOLDERS = {
    "llama3", "qwen2", "smollm", "deepseek3", "spm", "unigram", "wordpiece"
  };
  private static final String[] NORMALIZERS = {
    "null",
    "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
        + "\"strip_accents\":null,\"lowercase\":true}",
    "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
    "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"},"
        + "{\"type\":\"Lowercase\"}]}",
    "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},{\"type\":\"Nmt\"},"
        + "{\"type\":\"Prepend\",\"prepend\":\"▁\"}]}",
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"[ab]+\"},\"content\":\"\"}",
    "{\"type\":\"ByteLevel\"}"
  };
  private static final String[] PRE_TOKENIZERS = {
    "null",
    "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"first\",\"split\":true}",
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
    "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+\"},"
        + "\"behavior\":\"MergedWithNext\",\"invert\":false}",
    "{\"type\":\"BertPreTokenizer\"}",
    "{\"type\":\"UnicodeScripts\"}",
    "{\"type\":\"FixedLength\",\"length\":3}"
  };
  private static final String[] DECODERS = {
    "null",
    "{\"type\":\"ByteLevel\"}",
    "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},"
        + "{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]}",
    "{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}",
    "{\"type\":\"CTC\",\"pad_token\":\"a\",\"word_delimiter_token\":\"|\",\"cleanup\":true}",
    "{\"type\":\"BPEDecoder\",\"suffix\":\"</w>\"}"
  };

  @FuzzTest(maxDuration = "60s")
  void encode(FuzzedDataProvider data) {
    try {
      if (data.consumeBoolean()) {
        try (Tokenizer tokenizer = Tokenizer.open(Reference.folder(data.pickValue(FOLDERS)))) {
          use(tokenizer, data.consumeRemainingAsString());
        }
      } else {
        TokenizerJson json = TokenizerJson.scan(json(data), "fuzz/tokenizer.json");
        try (var tokenizer = NativeTokenizer.checked(json, "fuzz/tokenizer.json")) {
          use(json, tokenizer, data.consumeRemainingAsString());
        }
      }
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }

  private static void use(Tokenizer tokenizer, String text) {
    StringBuilder streamed = new StringBuilder();
    StreamDecoder stream = tokenizer.streamDecoder();
    for (int id : tokenizer.encode(text)) {
      streamed.append(stream.push(id));
    }
    streamed.append(stream.flush());
    tokenizer.decode(tokenizer.encodePlain(text));
    tokenizer.encodePair(text, streamed.toString(), 16);
  }

  private static void use(TokenizerJson json, NativeTokenizer tokenizer, String text) {
    json.limit().check(text);
    tokenizer.decode(tokenizer.encode(text, true).ids(), true);
    tokenizer.encodePair(text, text);
  }

  private static String json(FuzzedDataProvider data) {
    List<AddedToken> added = new ArrayList<>();
    for (int i = data.consumeInt(0, 4); i > 0; i--) {
      added.add(
          new AddedToken(
              2 + added.size(),
              data.consumeString(4),
              data.consumeBoolean(),
              data.consumeBoolean(),
              data.consumeBoolean(),
              data.consumeBoolean(),
              data.consumeBoolean()));
    }
    return "{\"version\":\"1.0\",\"added_tokens\":"
        + TokenizerJson.json(added)
        + ",\"normalizer\":"
        + data.pickValue(NORMALIZERS)
        + ",\"pre_tokenizer\":"
        + data.pickValue(PRE_TOKENIZERS)
        + ",\"decoder\":"
        + data.pickValue(DECODERS)
        + ",\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,"
        + "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":false,"
        + "\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":{\"a\":0,\"Ġ\":1},"
        + "\"merges\":[]}}";
  }
}
