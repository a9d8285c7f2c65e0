package deepseek.text.tokenizer;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Any metadata is a tokenizer or a DataException, and never a crash: docs/fuzzing.md. */
class GgufTokenizerFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void open(FuzzedDataProvider data) throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    try (Tokenizer tokenizer = GgufBytes.tokenizer(folder, metadata(data))) {
      String text = data.consumeRemainingAsString();
      int[] ids = tokenizer.encode(text);
      tokenizer.decode(ids);
      tokenizer.encodePlain(text);
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    } finally {
      Files.deleteIfExists(folder);
    }
  }

  private static Map<String, Object> metadata(FuzzedDataProvider data) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", data.pickValue(new String[] {"llama", "gemma3", "bert"}));
    metadata.put(
        "tokenizer.ggml.model", data.pickValue(new String[] {"gpt2", "llama", "bert", "t5"}));
    metadata.put(
        "tokenizer.ggml.pre", data.pickValue(new String[] {"llama-bpe", "deepseek-llm", "none"}));
    List<String> tokens = new ArrayList<>();
    int size = data.consumeInt(0, 40);
    int[] types = new int[data.consumeBoolean() ? size : data.consumeInt(0, 40)];
    float[] scores = new float[data.consumeBoolean() ? size : data.consumeInt(0, 40)];
    for (int i = 0; i < size; i++) {
      tokens.add(data.consumeString(6));
    }
    for (int i = 0; i < types.length; i++) {
      types[i] = data.consumeInt(-1, 8);
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] = data.consumeFloat();
    }
    metadata.put("tokenizer.ggml.tokens", tokens);
    metadata.put("tokenizer.ggml.token_type", types);
    metadata.put("tokenizer.ggml.scores", scores);
    List<String> merges = new ArrayList<>();
    for (int i = data.consumeInt(0, 20); i > 0 && size > 0; i--) {
      merges.add(
          tokens.get(data.consumeInt(0, size - 1))
              + data.pickValue(new String[] {" ", "", "  "})
              + tokens.get(data.consumeInt(0, size - 1)));
    }
    metadata.put("tokenizer.ggml.merges", merges);
    for (String role : List.of("bos", "eos", "unknown", "padding", "cls", "seperator")) {
      if (data.consumeBoolean()) {
        metadata.put("tokenizer.ggml." + role + "_token_id", data.consumeInt(-2, 50));
      }
    }
    metadata.put("tokenizer.ggml.add_bos_token", data.consumeBoolean());
    metadata.put("tokenizer.ggml.add_space_prefix", data.consumeBoolean());
    return metadata;
  }
}
