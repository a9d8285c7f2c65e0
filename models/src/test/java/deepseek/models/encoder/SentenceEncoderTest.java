package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Vectors equal to the reference's; fixtures by tools/golden/encoders.py. */
@ExtendWith(LeakCheck.class)
class SentenceEncoderTest {
  private static final float TOLERANCE = 1e-4f;
  private static final int THREADS = 4;
  private static final GoldenCase MEAN = new GoldenCase("sentence-mean");
  private static final GoldenCase CLS = new GoldenCase("sentence-cls");

  @TempDir private Path temp;

  private static void assertEqual(List<float[]> vectors, GoldenCase golden, String reference) {
    try (var scope = Scope.open()) {
      float[] expected = golden.reference(reference).toFloats();
      int dim = expected.length / vectors.size();
      for (int row = 0; row < vectors.size(); row++) {
        float[] vector = vectors.get(row);
        assertThat(vector).hasSize(dim);
        for (int i = 0; i < dim; i++) {
          assertThat(vector[i])
              .as("%s row %d, %d", golden, row, i)
              .isCloseTo(expected[row * dim + i], within(TOLERANCE));
        }
      }
    }
  }

  private SentenceEncoder openCls() {
    return SentenceEncoder.open(CLS.copyTo(temp.resolve("cls")));
  }

  @Test
  void normalisedMeansEqualReference() {
    try (var encoder = SentenceEncoder.open(MEAN.folder())) {
      assertThat(encoder.dim()).isEqualTo(32);
      assertThat(encoder.maxTokens()).isEqualTo(24);
      assertThat(encoder.promptNames()).isEmpty();
      assertEqual(encoder.encode(MEAN.sentences()), MEAN, "embeddings");
    }
  }

  @Test
  void manyTextsComeBackInTheirOrder() {
    List<String> texts = MEAN.sentences();
    try (var encoder = SentenceEncoder.open(MEAN.folder())) {
      List<String> many =
          IntStream.range(0, 100).mapToObj(i -> texts.get(i % texts.size())).toList();
      List<float[]> vectors = encoder.encode(many);
      assertThat(vectors).hasSize(100);
      for (int i = 0; i < 100; i++) {
        assertThat(vectors.get(i)).containsExactly(encoder.encode(many.get(i)), within(1e-5f));
      }
      assertThat(encoder.encode(List.of())).isEmpty();
    }
  }

  @Test
  void threadsThatEncodeAtOnceGetTheSameVectors() throws Exception {
    try (var encoder = SentenceEncoder.open(MEAN.folder());
        var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<List<float[]>>> all =
          threads.invokeAll(
              Collections.nCopies(4 * THREADS, () -> encoder.encode(MEAN.sentences())));
      for (Future<List<float[]>> vectors : all) {
        assertEqual(vectors.get(), MEAN, "embeddings");
      }
    }
  }

  @Test
  void closingWaitsForThreadsThatEncodeAndRefusesThemAfterwards() throws Exception {
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int round = 0; round < 10; round++) {
        SentenceEncoder encoder = SentenceEncoder.open(MEAN.folder());
        CountDownLatch begun = new CountDownLatch(THREADS);
        Callable<Void> encodeUntilRefused =
            () -> {
              while (true) {
                encoder.encode(MEAN.sentences());
                begun.countDown();
              }
            };
        List<Future<Void>> ends = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          ends.add(threads.submit(encodeUntilRefused));
        }
        begun.await();
        encoder.close();
        encoder.close();
        for (Future<Void> end : ends) {
          assertThatThrownBy(end::get)
              .hasCauseInstanceOf(ModelException.class)
              .hasMessageContaining("expected an open encoder, got a closed one");
        }
      }
    }
  }

  @Test
  void theNetworkOfAClosedEncoderIsRefused() {
    SentenceEncoder encoder = SentenceEncoder.open(MEAN.folder());
    Encoder network = encoder.encoder();
    network.close();
    try (var scope = Scope.open()) {
      Tensor ids = Tensor.of(new long[] {1, 2}, 1, 2);
      assertThatThrownBy(() -> network.forward(ids, ids, ids))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("a closed one");
    }
    assertThatThrownBy(() -> encoder.encode("the cat")).hasMessageContaining("a closed one");
  }

  @Test
  void onlyATokenBeyondTheWeightsIsRefused() throws IOException {
    Path folder = MEAN.copyTo(temp.resolve("beyond"));
    StringJoiner added = new StringJoiner(",", "{\"added_tokens_decoder\": {", "}}");
    for (int id = 91; id < 114; id++) {
      added.add("\"%d\": {\"content\": \"<%d>\", \"special\": true}".formatted(id, id));
    }
    Files.writeString(folder.resolve("tokenizer_config.json"), added.toString());
    try (var encoder = SentenceEncoder.open(folder)) {
      assertThat(encoder.encode("the cat <111>")).hasSize(32);
      assertThatThrownBy(() -> encoder.encode("the cat <112>"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("token ids below 112")
          .hasMessageContaining("112 for '<112>'");
    }
  }

  @Test
  void promptsEqualReference() {
    try (var encoder = openCls()) {
      assertThat(encoder.promptNames()).containsExactly("query", "document");
      assertEqual(encoder.encode(CLS.sentences()), CLS, "embeddings");
      assertEqual(encoder.encode(CLS.sentences(), "document"), CLS, "document.embeddings");
      assertEqual(encoder.encodeWithoutPrompt(CLS.sentences()), CLS, "plain.embeddings");
      assertThatThrownBy(() -> encoder.encode(List.of("a"), "passage"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("[query, document]");
    }
  }

  @Test
  void promptMayBeLeftOutOfPooling() throws IOException {
    Path folder = CLS.copyTo(temp.resolve("left-out"));
    Path pooling = folder.resolve("1_Pooling/config.json");
    Files.writeString(pooling, "{\"pooling_mode_mean_tokens\": true, \"include_prompt\": false}");
    try (var encoder = SentenceEncoder.open(folder);
        var tokenizer = Tokenizer.open(folder);
        var scope = Scope.open()) {
      float[] vector = encoder.encode(List.of("the cat"), "query").getFirst();
      int[] ids = tokenizer.encode("query: the cat");
      assertThat(ids).hasSize(6); // [CLS] query : the cat [SEP]
      Tensor row = Tensor.of(ids, 1, 6).to(DType.INT64);
      Tensor hidden = encoder.encoder().forward(row, row.ne(-1).to(DType.INT64), row.mul(0));
      float[] text = hidden.narrow(1, 3, 3).mean(1).toFloats();
      assertThat(vector).containsExactly(text, within(1e-5f));
    }
  }

  @Test
  void withoutModulesItIsTheMean() throws IOException {
    Path folder = MEAN.copyTo(temp.resolve("bare"));
    Files.delete(folder.resolve("modules.json"));
    try (var bare = SentenceEncoder.open(folder);
        var full = SentenceEncoder.open(MEAN.folder())) {
      float[] vector = bare.encode("the cat sat");
      float[] normalised = full.encode("the cat sat");
      assertThat(SentenceEncoder.cosine(vector, normalised)).isCloseTo(1f, within(1e-5f));
      assertThat(vector).isNotEqualTo(normalised);
    }
  }

  @Test
  void cosineOfDifferentLengthsIsAnError() {
    assertThat(SentenceEncoder.cosine(new float[] {1, 0}, new float[] {1, 1}))
        .isCloseTo(0.7071068f, within(1e-6f));
    assertThat(SentenceEncoder.cosine(new float[2], new float[2])).isZero();
    assertThatThrownBy(() -> SentenceEncoder.cosine(new float[2], new float[3]))
        .hasMessageContaining("2 and 3");
  }

  private void assertRefused(String file, String content, String message) throws IOException {
    Path folder = MEAN.copyTo(Files.createTempDirectory(temp, "refused"));
    Path target = folder.resolve(file);
    if (content.isEmpty()) {
      Files.delete(target);
    } else {
      Files.writeString(target, content);
    }
    assertThatThrownBy(() -> SentenceEncoder.open(folder))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  @Test
  void damagedFoldersAreRefused() throws IOException {
    assertRefused(
        "modules.json",
        """
        [{"type": "sentence_transformers.models.Transformer", "path": ""},
         {"type": "sentence_transformers.models.Dense", "path": "1_Pooling"}]
        """,
        "Transformer, Dense");
    assertRefused("modules.json", "{}", "a JSON array");
    assertRefused("1_Pooling/config.json", "{}", "pooling_mode");
    assertRefused("1_Pooling/config.json", "", "1_Pooling");
    assertRefused("model.safetensors", "", "model.safetensors");
    assertRefused("config.json", "{\"model_type\": \"bert\"}", "vocab_size");
    assertRefused("sentence_bert_config.json", "{\"max_seq_length\": 0}", "max_seq_length");
    assertRefused(
        "config_sentence_transformers.json",
        "{\"default_prompt_name\": \"query\"}",
        "default_prompt_name");
    assertRefused("tokenizer.json", "", "tokenizer.json");
  }

  @Test
  void modulePathsStayInsideTheFolder() throws IOException {
    assertRefused(
        "modules.json",
        "[{\"type\": \"x.Transformer\", \"path\": \"../..\"}, {\"type\": \"x.Pooling\"}]",
        "a path inside the folder");
  }

  @Test
  void missingModelIsRefused() {
    assertThatThrownBy(() -> SentenceEncoder.open(temp.resolve("nothing")))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining("nothing");
  }

  @Test
  void damagedWeightsGiveAnErrorNotAVector() throws IOException {
    Path folder = MEAN.copyTo(temp.resolve("damaged"));
    Path weights = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0xff); // NaN in bfloat16
    Files.write(weights, bytes);
    try (var encoder = SentenceEncoder.open(folder)) {
      assertThatThrownBy(() -> encoder.encode("the cat"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("NaN");
    }
  }
}
