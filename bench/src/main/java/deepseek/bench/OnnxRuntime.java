package deepseek.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import deepseek.text.tokenizer.EncodedText;
import deepseek.text.tokenizer.PaddingSide;
import deepseek.text.tokenizer.TokenBatch;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * ONNX Runtime on an encoder's file, with all of its optimisations: texts sorted by length, padded
 * batches, first tokens' vectors.
 */
final class OnnxRuntime implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Tokenizer tokenizer;
  private final int maxTokens;

  OnnxRuntime(Path root, int threads, int maxTokens) {
    Path file = onnxIn(root);
    this.maxTokens = maxTokens;
    this.tokenizer = Tokenizer.open(file.resolveSibling(""));
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      this.session = environment.createSession(file.toString(), options);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  private static BenchException failed(OrtException e) {
    return new BenchException(
        "run ONNX Runtime", "a model it runs", String.valueOf(e.getMessage()), "choose another", e);
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

  Tokenizer tokenizer() {
    return tokenizer;
  }

  String version() {
    return environment.getVersion();
  }

  /** Vectors of texts, {@code together} in a batch. */
  float[][] encode(List<String> texts, int together) {
    List<EncodedText> encoded =
        texts.stream().map(text -> tokenizer.encode(text, maxTokens)).toList();
    List<Integer> order =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> encoded.get(i).ids().length))
            .toList();
    float[][] vectors = new float[texts.size()][];
    for (int start = 0; start < order.size(); start += together) {
      List<Integer> places = order.subList(start, Math.min(order.size(), start + together));
      run(
          tokenizer.padTexts(places.stream().map(encoded::get).toList(), PaddingSide.RIGHT),
          places,
          vectors);
    }
    return vectors;
  }

  private void run(TokenBatch batch, List<Integer> places, float[][] vectors) {
    long[] shape = {batch.rows(), batch.columns()};
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (var ids = OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.ids()), shape);
        var mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.mask()), shape);
        var types = OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.typeIds()), shape)) {
      inputs.put("input_ids", ids);
      inputs.put("attention_mask", mask);
      inputs.put("token_type_ids", types);
      inputs.keySet().retainAll(session.getInputNames());
      try (var result = session.run(inputs)) {
        FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
        int each = hidden.remaining() / batch.rows();
        for (int row = 0; row < batch.rows(); row++) {
          float[] vector = new float[each / batch.columns()];
          hidden.get(row * each, vector);
          vectors[places.get(row)] = vector;
        }
      }
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw failed(e);
    }
    tokenizer.close();
  }
}
