package deepseek.store.onnx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import deepseek.store.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Any bytes are a graph with a configuration, or a DataException: docs/fuzzing.md. */
class OnnxFuzzTest {
  private static Path file = Path.of("");

  @BeforeAll
  static void makeFile() throws IOException {
    file = Files.createTempFile("fuzz", ".onnx");
  }

  @AfterAll
  static void deleteFile() throws IOException {
    Files.deleteIfExists(file);
  }

  @FuzzTest(maxDuration = "60s")
  void graph(byte[] data) {
    TestFiles.write(file, data);
    try (OnnxEncoder encoder = OnnxEncoder.open(file)) {
      encoder.weights().names().forEach(encoder.weights()::info);
      encoder.config();
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
