package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.files.StrictJson;
import deepseek.models.AutoModel;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits and scores equal to transformers'; fixtures by tools/golden/classifiers.py. */
@ExtendWith(LeakCheck.class)
class TextClassifierTest {
  private static final float TOLERANCE = 1e-4f;
  private static final GoldenCase ROBERTA = new GoldenCase("classifier-roberta");

  @TempDir private Path temp;

  private static void assertRows(List<float[]> rows, GoldenCase golden, String reference) {
    try (var scope = Scope.open()) {
      float[] expected = golden.reference(reference).toFloats();
      int labels = expected.length / rows.size();
      for (int i = 0; i < rows.size(); i++) {
        assertThat(rows.get(i))
            .as("%s %s, row %d", golden, reference, i)
            .containsExactly(
                Arrays.copyOfRange(expected, i * labels, (i + 1) * labels), within(TOLERANCE));
      }
    }
  }

  /** Every text with every text, as in the reference. */
  private static List<TextPair> pairs(List<String> texts) {
    List<TextPair> pairs = new ArrayList<>();
    texts.forEach(first -> texts.forEach(second -> pairs.add(new TextPair(first, second))));
    return pairs;
  }

  @ParameterizedTest
  @ValueSource(strings = {"reranker-bert", "reranker-xlm-roberta", "classifier-roberta"})
  void logitsOfTextsAndPairsEqualReference(String name) {
    GoldenCase golden = new GoldenCase(name);
    try (var classifier = TextClassifier.open(golden.folder())) {
      List<TextPair> pairs = pairs(golden.sentences());
      assertThat(pairs).hasSize(36);
      assertRows(classifier.logits(golden.sentences()), golden, "logits");
      assertRows(classifier.pairLogits(pairs), golden, "pair_logits");
    }
  }

  /** A copy with one field of config.json changed. */
  private Path changed(GoldenCase golden, String field, String value) throws IOException {
    Path folder = golden.copyTo(Files.createTempDirectory(temp, "changed"));
    Path target = folder.resolve("config.json");
    var json = StrictJson.object("read " + target, Files.readAllBytes(target));
    Files.writeString(target, json.put(field, value).toString());
    return folder;
  }

  @ParameterizedTest
  @CsvSource({
    "single_label_classification, scores",
    "multi_label_classification, scores.multi",
    "regression, scores.regression",
  })
  void scoresEqualReference(String problem, String reference) throws IOException {
    try (var classifier = TextClassifier.open(changed(ROBERTA, "problem_type", problem))) {
      assertRows(classifier.scores(ROBERTA.sentences()), ROBERTA, reference);
    }
  }

  @Test
  void labelsAreNamed() {
    List<String> texts = ROBERTA.sentences();
    try (var classifier = AutoModel.classifier(ROBERTA.folder().toString())) {
      assertThat(classifier.labels()).containsExactly("contradiction", "entailment", "neutral");
      assertRows(classifier.scores(texts), ROBERTA, "scores");
      for (int i = 0; i < texts.size(); i++) {
        assertBest(classifier.classify(texts.get(i)), classifier, classifier.logits(texts).get(i));
      }
      TextPair pair = new TextPair("a cat sat", "a dog ran");
      assertBest(
          classifier.classify(pair), classifier, classifier.pairLogits(List.of(pair)).getFirst());
    }
  }

  private static void assertBest(
      TextClassifier.Label label, TextClassifier classifier, float[] logits) {
    double sum = 0;
    double highest = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
      highest = Math.max(highest, Math.exp(logit));
    }
    float logit = logits[classifier.labels().indexOf(label.name())];
    assertThat(Math.exp(logit)).isEqualTo(highest);
    assertThat(label.score()).isCloseTo((float) (highest / sum), within(1e-5f));
  }

  /** One label has nothing to be compared with: its score is the sigmoid. */
  @Test
  void oneLabelIsASigmoid() {
    GoldenCase golden = new GoldenCase("reranker-bert");
    try (var classifier = TextClassifier.open(golden.folder())) {
      assertThat(classifier.labels()).containsExactly("LABEL_0");
      assertRows(classifier.pairScores(pairs(golden.sentences())), golden, "scores");
    }
  }

  @Test
  void labelsWithoutNamesAreNumbered() throws IOException {
    GoldenCase golden = new GoldenCase("reranker-bert");
    Path folder = golden.copyTo(temp.resolve("unnamed"));
    Path target = folder.resolve("config.json");
    var json = StrictJson.object("read " + target, Files.readAllBytes(target));
    json.remove("id2label");
    Files.writeString(target, json.toString());
    assertThatThrownBy(() -> TextClassifier.open(folder)) // two, as transformers has it
        .hasMessageContaining("[2, 32]");
    Files.writeString(target, json.put("num_labels", 1).toString());
    try (var classifier = TextClassifier.open(folder)) {
      assertThat(classifier.labels()).containsExactly("LABEL_0");
    }
  }

  @Test
  void cutTextsAreCounted() {
    try (var classifier = TextClassifier.open(ROBERTA.folder())) {
      assertThat(classifier.maxTokens()).isEqualTo(40);
      List<String> texts = List.of("a ".repeat(38), "a ".repeat(39));
      assertThat(classifier.countCut(texts)).isEqualTo(1);
      // <s> A </s> </s> B </s>
      assertThat(
              classifier.countCutPairs(
                  List.of(
                      new TextPair("a ".repeat(16), "a ".repeat(20)),
                      new TextPair("a ".repeat(17), "a ".repeat(20)))))
          .isEqualTo(1);
      assertThat(classifier.scores(List.of())).isEmpty();
      assertThat(classifier.pairScores(List.of())).isEmpty();
    }
  }

  @Test
  @SuppressWarnings("NullAway") // callers without it can pass null
  void badArgumentsAreRefused() throws IOException {
    try (var classifier = TextClassifier.open(ROBERTA.folder())) {
      assertThatThrownBy(() -> classifier.classify((String) null))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected a text, got null");
      assertThatThrownBy(() -> classifier.classify((TextPair) null))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected a pair, got null");
      assertThatThrownBy(() -> classifier.scores(Arrays.asList("a", null)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("each of the texts, got null");
      assertThatThrownBy(() -> new TextPair("a", null))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("expected a second text, got null");
    }
    Path folder = changed(ROBERTA, "problem_type", "clustering");
    assertThatThrownBy(() -> TextClassifier.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("problem_type")
        .hasMessageContaining("'clustering'");
  }
}
