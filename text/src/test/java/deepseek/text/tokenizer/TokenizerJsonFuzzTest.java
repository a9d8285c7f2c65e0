package deepseek.text.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;

/** Any tokenizer.json works or is a DataException, and never a crash: docs/fuzzing.md. */
class TokenizerJsonFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void load(byte[] data) {
    try {
      TokenizerJson json =
          TokenizerJson.scan(new String(data, StandardCharsets.UTF_8), "fuzz/tokenizer.json");
      try (var tokenizer = NativeTokenizer.checked(json, "fuzz/tokenizer.json")) {
        for (String text : new String[] {"", "Hello wörld <s> 123 \n", "é▁😀", "\0"}) {
          tokenizer.decode(tokenizer.encode(text, true).ids(), true);
          tokenizer.encodePair(text, text);
        }
      }
      NativeTokenizer.checked(json.withoutSpecialTokens(), "fuzz/tokenizer.json").close();
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
