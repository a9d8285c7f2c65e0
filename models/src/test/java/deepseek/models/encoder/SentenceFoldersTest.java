package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.models.AutoModel;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Folders of many kinds give the vectors that sentence-transformers gives; fixtures by
 * tools/golden/sentence_folders.py.
 */
@ExtendWith(LeakCheck.class)
class SentenceFoldersTest {
  private static final float TOLERANCE = 1e-4f;
  private static final GoldenCase BASE = new GoldenCase("sentence-mean");
  private static final GoldenCase CASES = new GoldenCase("sentence-folders");
  private static final List<String> OUTSIDE =
      List.of("modules.json", "config_sentence_transformers.json");

  @TempDir Path temp;

  static List<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(CASES.folder())) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private Path folder(String name) throws IOException {
    Path target = BASE.copyTo(temp.resolve(name));
    if (name.equals("subfolder")) {
      moveInside(target, Files.createDirectory(target.resolve("0_Transformer")));
    }
    Path overlay = CASES.folder().resolve(name);
    try (Stream<Path> files = Files.walk(overlay)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = target.resolve(overlay.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.write(to, Files.readAllBytes(file));
      }
    }
    Path leftOut = target.resolve("left-out.txt");
    for (String file : Files.exists(leftOut) ? Files.readAllLines(leftOut) : List.<String>of()) {
      Files.delete(target.resolve(file));
    }
    return target;
  }

  private static void moveInside(Path folder, Path inside) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!OUTSIDE.contains(file.getFileName().toString())) {
          Files.move(file, inside.resolve(file.getFileName()));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheVectorsOfSentenceTransformers(String name) throws IOException {
    try (var encoder = AutoModel.encoder(folder(name).toString());
        var scope = Scope.open()) {
      float[] expected = CASES.reference(name).toFloats();
      List<float[]> vectors = encoder.encode(CASES.sentences());
      assertThat(encoder.dim()).isEqualTo(expected.length / vectors.size());
      for (int row = 0; row < vectors.size(); row++) {
        assertThat(vectors.get(row)).hasSize(encoder.dim());
        for (int i = 0; i < encoder.dim(); i++) {
          assertThat(vectors.get(row)[i])
              .as("%s row %d, %d", name, row, i)
              .isCloseTo(expected[row * encoder.dim() + i], within(TOLERANCE));
        }
      }
    }
  }

  private void assertRefused(String name, String file, String content, String message)
      throws IOException {
    Path folder = folder(name);
    Files.writeString(folder.resolve(file), content);
    assertThatThrownBy(() -> SentenceEncoder.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "head|3_Dense/config.json|{'in_features': 32, 'out_features': 24}|in_features to be 64",
        "head|3_Dense/config.json|{'in_features': 64, 'out_features': 25}|linear.weight",
        "head|3_Dense/config.json|{'in_features': 64, 'out_features': 24,"
            + " 'activation_function': 'my.Act'}|'my.Act'",
        "head|3_Dense/config.json|{'in_features': 64, 'out_features': 24,"
            + " 'module_input_name': 'token_embeddings'}|module_input_name",
        "head|8_Normalize/config.json|{'module_input_name': 'token_embeddings'}|module_input_name",
        "saved-by-6|sentence_bert_config.json|{'transformer_task': 'fill-mask'}|transformer_task",
        "saved-by-6|sentence_bert_config.json|{'processing_kwargs': {'text': {'max_length': 9}}}"
            + "|processing_kwargs",
        "saved-by-6|sentence_bert_config.json|{'modality_config': {'text':"
            + " {'method_output_name': 'pooler_output'}}}|method_output_name",
        "saved-by-6|config_sentence_transformers.json|{'model_type': 'SparseEncoder'}"
            + "|'SparseEncoder'",
        "saved-by-6|tokenizer_config.json|{'truncation_side': 'left'}|truncation_side",
        "saved-by-6|tokenizer_config.json|{'model_max_length': 0}|model_max_length",
        "saved-by-6|1_Pooling/config.json|{'pooling_mode': ['mean', 'median']}|'median'",
        "saved-by-6|1_Pooling/config.json|{'pooling_mode': []}|pooling_mode",
        "saved-by-6|modules.json|[{'type': 'custom_st.Transformer'}]|'custom_st.Transformer'",
        "saved-by-6|modules.json|[{'type': 'sentence_transformers.models.LSTM'}]|LSTM'",
      })
  void whatWouldGiveOtherVectorsIsRefused(String name, String file, String content, String message)
      throws IOException {
    assertRefused(name, file, content.replace('\'', '"'), message);
  }

  @Test
  void picklesAreNotRead() throws IOException {
    Path folder = folder("head");
    Files.move(
        folder.resolve("3_Dense/model.safetensors"), folder.resolve("3_Dense/pytorch_model.bin"));
    assertThatThrownBy(() -> SentenceEncoder.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("3_Dense")
        .hasMessageContaining("a pickle");
  }
}
