package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.files.StrictJson;
import deepseek.models.AutoModel;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.encoder.Reranker.Ranked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores equal to CrossEncoder's; fixtures by tools/golden/classifiers.py. */
@ExtendWith(LeakCheck.class)
class RerankerTest {
  private static final float TOLERANCE = 1e-4f;
  private static final GoldenCase BERT = new GoldenCase("reranker-bert");
  private static final String QUERY = "What is a ship?";

  @TempDir private Path temp;

  /** The scores of all texts for each text as a query. */
  private static void assertScores(Path folder, GoldenCase golden, String reference) {
    List<String> texts = golden.sentences();
    try (var scope = Scope.open();
        var reranker = Reranker.open(folder)) {
      float[] expected = golden.reference(reference).toFloats();
      for (int i = 0; i < texts.size(); i++) {
        assertThat(reranker.scores(texts.get(i), texts))
            .as("%s %s, query %d", golden, reference, i)
            .containsExactly(
                Arrays.copyOfRange(expected, i * texts.size(), (i + 1) * texts.size()),
                within(TOLERANCE));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reranker-bert", "reranker-xlm-roberta"})
  void scoresEqualReference(String name) {
    GoldenCase golden = new GoldenCase(name);
    assertScores(golden.folder(), golden, "scores");
  }

  /** A copy with one field of one file changed. */
  private Path changed(String file, String field, String value) throws IOException {
    Path folder = BERT.copyTo(Files.createTempDirectory(temp, "changed"));
    Path target = folder.resolve(file);
    var json = StrictJson.object("read " + target, Files.readAllBytes(target));
    json.set(field, new ObjectMapper().readTree(value));
    Files.writeString(target, json.toString());
    return folder;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "identity | config | sentence_transformers | {\"activation_fn\": \"torch.nn.modules.linear.Identity\"}",
        "tanh | config | sbert_ce_default_activation_function | \"torch.nn.modules.activation.Tanh\"",
        "limit | tokenizer_config | model_max_length | 14",
        "without_types | tokenizer_config | model_input_names | [\"input_ids\", \"attention_mask\"]",
      })
  void whatFilesSayIsFollowed(String reference, String file, String field, String value)
      throws IOException {
    assertScores(changed(file + ".json", field, value), BERT, "scores." + reference);
  }

  @Test
  void ranksByScore() {
    List<String> texts = new ArrayList<>(BERT.sentences());
    texts.add(texts.getFirst());
    try (var reranker = AutoModel.reranker(BERT.folder().toString())) {
      float[] scores = reranker.scores(QUERY, texts);
      List<Ranked> all = reranker.rank(QUERY, texts, 100);
      assertThat(all).hasSize(texts.size());
      assertThat(all.stream().map(Ranked::score).toList())
          .isSortedAccordingTo(Collections.reverseOrder());
      for (Ranked ranked : all) {
        assertThat(ranked.text()).isEqualTo(texts.get(ranked.index()));
        assertThat(ranked.score()).isCloseTo(scores[ranked.index()], within(1e-6f));
      }
      List<Integer> places = all.stream().map(Ranked::index).toList();
      assertThat(places.indexOf(texts.size() - 1)).isEqualTo(places.indexOf(0) + 1);
      assertThat(reranker.rank(QUERY, texts, 2)).isEqualTo(all.subList(0, 2));
    }
  }

  @Test
  void manyTextsComeBackInTheirOrder() {
    List<String> texts = BERT.sentences();
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(texts.get(i % texts.size()));
    }
    try (var reranker = Reranker.open(BERT.folder())) {
      float[] few = reranker.scores(QUERY, texts);
      float[] scores = reranker.scores(QUERY, many);
      for (int i = 0; i < many.size(); i++) {
        assertThat(scores[i]).isCloseTo(few[i % texts.size()], within(1e-5f));
      }
    }
  }

  @Test
  void nothingToRankIsNothingRanked() {
    try (var reranker = Reranker.open(BERT.folder())) {
      assertThat(reranker.scores(QUERY, List.of())).isEmpty();
      assertThat(reranker.rank(QUERY, List.of(), 3)).isEmpty();
      assertThat(reranker.countCut(QUERY, List.of())).isZero();
    }
  }

  @Test
  void pairsBeyondTheLimitAreCounted() {
    try (var reranker = Reranker.open(BERT.folder())) {
      assertThat(reranker.maxTokens()).isEqualTo(40);
      // [CLS] what is a ship ? [SEP] and [SEP] leave 32 of the text's tokens.
      assertThat(reranker.countCut(QUERY, List.of("a ".repeat(32), "a ".repeat(33), "cat")))
          .isEqualTo(1);
      assertThat(reranker.countCut("a ".repeat(50), List.of("cat", ""))).isEqualTo(2);
    }
  }

  @Test
  @SuppressWarnings("NullAway") // callers without it can pass null
  void badArgumentsAreRefused() {
    List<String> withNull = Arrays.asList("a", null);
    try (var reranker = Reranker.open(BERT.folder())) {
      assertThatThrownBy(() -> reranker.scores(null, List.of("a")))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected a query, got null");
      assertThatThrownBy(() -> reranker.scores("a", null))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected texts, got null");
      assertThatThrownBy(() -> reranker.countCut("a", withNull))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected each of the texts, got null");
      assertThatThrownBy(() -> reranker.rank("a", List.of("a"), 0))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("at least 1 text");
    }
  }

  private static void assertRefused(Path folder, String... parts) {
    assertThatThrownBy(() -> Reranker.open(folder))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("\n");
  }

  @Test
  void modelsThatDontScoreAreRefused() throws IOException {
    assertRefused(
        new GoldenCase("classifier-roberta").folder(),
        "a classifier of one label, got 3 labels, contradiction, entailment, neutral",
        "AutoModel.classifier");
    assertRefused(new GoldenCase("bert").folder(), "got BertModel;", "deepseek embed");
    assertRefused(new GoldenCase("bert-prefixed").folder(), "got BertForMaskedLM;");
    assertRefused(
        new GoldenCase("sentence-mean").folder(), "Transformer, Pooling", "deepseek embed");
    assertRefused(new GoldenCase("llama").folder(), "'llama'", "deepseek run");
    assertRefused(temp.resolve("nothing"), "nothing");
    Path headless = temp.resolve("headless");
    BERT.copyTo(headless);
    BERT.renamed(headless, name -> name.startsWith("classifier.") ? "" : name).close();
    assertRefused(headless, "got BertForSequenceClassification without them");
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    assertRefused(changed("config.json", "id2label", "{\"0\": \"a\", \"2\": \"b\"}"), "none for 1");
    assertRefused(changed("config.json", "id2label", "{}"), "one label or more");
    assertRefused(changed("config.json", "id2label", "{\"0\": 7}"), "a text, got 7");
    assertRefused(
        changed("config.json", "id2label", "{\"0\": \"a\", \"1\": \"b\"}"), "[2, 32]", "[1, 32]");
    assertRefused(
        changed("config.json", "sbert_ce_default_activation_function", "\"own.Function\""),
        "sbert_ce_default_activation_function",
        "'own.Function'");
    Path own = new GoldenCase("reranker-xlm-roberta").copyTo(temp.resolve("own"));
    Path main = own.resolve("config_sentence_transformers.json");
    Files.writeString(main, "{\"model_type\": \"SparseEncoder\"}");
    assertRefused(own, "model_type", "'SparseEncoder'");
    Files.writeString(main, "{\"default_prompt_name\": \"x\"}");
    assertRefused(own, "default_prompt_name", "'x'");
    Files.writeString(
        own.resolve("sentence_bert_config.json"), "{\"transformer_task\": \"fill-mask\"}");
    assertRefused(own, "transformer_task", "'fill-mask'");
  }

  @Test
  void damagedWeightsGiveAnErrorNotAScore() throws IOException {
    Path folder = BERT.copyTo(temp.resolve("damaged"));
    Path weights = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0xff); // NaN in bfloat16
    Files.write(weights, bytes);
    try (var reranker = Reranker.open(folder)) {
      assertThatThrownBy(() -> reranker.scores(QUERY, List.of("the cat")))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void runsInBfloat16() {
    List<String> texts = BERT.sentences();
    try (var exact = Reranker.open(BERT.folder());
        var reranker = Reranker.open(BERT.folder(), DType.BFLOAT16, Device.CPU)) {
      assertThat(reranker.scores(QUERY, texts))
          .containsExactly(exact.scores(QUERY, texts), within(0.02f));
    }
  }

  @Test
  void threadsThatScoreAtOnceGetTheSameScoresAndNoneAfterClosing() throws Exception {
    List<String> texts = BERT.sentences();
    Reranker reranker = Reranker.open(BERT.folder());
    float[] scores = reranker.scores(QUERY, texts);
    try (var threads = Executors.newFixedThreadPool(3)) {
      Callable<float[]> call = () -> reranker.scores(QUERY, texts);
      for (Future<float[]> found : threads.invokeAll(Collections.nCopies(12, call))) {
        assertThat(found.get()).containsExactly(scores, within(1e-6f));
      }
    }
    reranker.close();
    reranker.close();
    assertThatThrownBy(() -> reranker.scores(QUERY, texts))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected an open classifier, got a closed one");
  }
}
