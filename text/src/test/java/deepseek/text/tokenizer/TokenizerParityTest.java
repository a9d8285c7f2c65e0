package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and texts equal those of transformers, for every kind of tokenizer. */
class TokenizerParityTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen2", "smollm", "deepseek3", "spm", "unigram", "wordpiece"})
  void foldersTokeniseAsTransformersDoes(String name) {
    Reference reference = Reference.read(name + "/reference.json");
    assertThat(reference.cases()).hasSizeGreaterThan(60);
    try (var tokenizer = Tokenizer.open(Reference.folder(name))) {
      SoftAssertions all = new SoftAssertions();
      for (Reference.Case c : reference.cases()) {
        all.assertThat(tokenizer.encode(c.text())).as(c.text()).isEqualTo(c.array());
        all.assertThat(boxed(tokenizer.encodePrompt(c.text())))
            .as("prompt %s", c.text())
            .isEqualTo(c.promptIds());
        all.assertThat(boxed(tokenizer.encodePlain(c.text())))
            .as("plain %s", c.text())
            .isEqualTo(c.plainIds());
        all.assertThat(tokenizer.decode(c.array())).as("decode").isEqualTo(c.decodedText());
        all.assertThat(tokenizer.decodeWithSpecialTokens(c.array()))
            .as("decode with special tokens")
            .isEqualTo(c.shownText());
        all.assertThat(streamed(tokenizer, c.array())).as("stream").isEqualTo(c.decodedText());
      }
      all.assertAll();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "unigram", "wordpiece"})
  void pairsAreJoinedAndCutAsTransformersDoes(String name) {
    Reference reference = Reference.read(name + "/reference.json");
    assertThat(reference.pairs()).hasSize(12);
    try (var tokenizer = Tokenizer.open(Reference.folder(name))) {
      for (Reference.Pair pair : reference.pairs()) {
        EncodedText encoded = tokenizer.encodePair(pair.first(), pair.second(), pair.limit());
        assertThat(boxed(encoded.ids())).as(pair.toString()).isEqualTo(pair.ids());
        assertThat(boxed(encoded.typeIds())).as(pair.toString()).isEqualTo(pair.types());
      }
    }
  }

  /** GGUF metadata has less information than tokenizer.json, but must give the same tokenizer. */
  @ParameterizedTest
  @CsvSource({
    "llama3,gpt2,llama-bpe",
    "smollm,gpt2,smollm",
    "deepseek3,gpt2,deepseek-v3",
    "spm,llama,default",
    "wordpiece,bert,default"
  })
  void ggufMetadataTokenisesAsTheFolderDoes(String name, String model, String pre)
      throws IOException {
    Reference reference = Reference.read(name + "/reference.json");
    JsonNode json =
        new ObjectMapper().readTree(Reference.folder(name).resolve("tokenizer.json").toFile());
    try (var tokenizer = GgufBytes.tokenizer(folder, metadata(json, model, pre))) {
      SoftAssertions all = new SoftAssertions();
      for (Reference.Case c : reference.cases()) {
        all.assertThat(boxed(tokenizer.encode(c.text()))).as(c.text()).isEqualTo(c.ids());
        all.assertThat(boxed(tokenizer.encodePlain(c.text()))).as(c.text()).isEqualTo(c.plainIds());
        all.assertThat(tokenizer.decode(c.array())).isEqualTo(c.decodedText());
      }
      all.assertAll();
    }
  }

  private static Map<String, Object> metadata(JsonNode json, String model, String pre) {
    Map<Integer, String> byId = new LinkedHashMap<>();
    json.at("/model/vocab")
        .properties()
        .forEach(e -> byId.put(e.getValue().intValue(), e.getKey()));
    json.path("added_tokens")
        .forEach(t -> byId.put(t.path("id").intValue(), t.path("content").textValue()));
    int size = byId.size();
    String[] tokens = new String[size];
    int[] types = new int[size];
    float[] scores = new float[size];
    for (int id = 0; id < size; id++) {
      String token = Objects.requireNonNull(byId.get(id));
      tokens[id] = model.equals("bert") ? phantomSpace(token) : token;
      types[id] = token.matches("<0x[0-9A-F]{2}>") ? 6 : 1;
      scores[id] = -id;
    }
    json.path("added_tokens")
        .forEach(t -> types[t.path("id").intValue()] = t.path("special").booleanValue() ? 3 : 4);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("tokenizer.ggml.model", model);
    metadata.put("tokenizer.ggml.pre", pre);
    metadata.put("tokenizer.ggml.tokens", List.of(tokens));
    metadata.put("tokenizer.ggml.token_type", types);
    switch (model) {
      case "llama" -> {
        types[0] = 2;
        metadata.put("tokenizer.ggml.scores", scores);
        metadata.put("tokenizer.ggml.bos_token_id", 1);
        metadata.put("tokenizer.ggml.eos_token_id", 2);
      }
      case "gpt2" -> {
        metadata.put("tokenizer.ggml.merges", merges(json));
        metadata.put("tokenizer.ggml.bos_token_id", 1000);
        metadata.put("tokenizer.ggml.eos_token_id", 1001);
      }
      default -> {
        metadata.put("tokenizer.ggml.unknown_token_id", 1);
        metadata.put("tokenizer.ggml.cls_token_id", 2);
        metadata.put("tokenizer.ggml.seperator_token_id", 3);
      }
    }
    return metadata;
  }

  private static List<String> merges(JsonNode json) {
    return StreamSupport.stream(json.at("/model/merges").spliterator(), false)
        .map(m -> m.path(0).textValue() + " " + m.path(1).textValue())
        .toList();
  }

  private static String phantomSpace(String token) {
    if (token.startsWith("[") && token.endsWith("]")) {
      return token;
    }
    return token.startsWith("##") ? token.substring(2) : "▁" + token;
  }

  private static String streamed(Tokenizer tokenizer, int[] ids) {
    StreamDecoder decoder = tokenizer.streamDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.push(id));
    }
    return text.append(decoder.flush()).toString();
  }

  private static List<Integer> boxed(int[] ids) {
    return IntStream.of(ids).boxed().toList();
  }
}
