package deepseek.text.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Any bytes are a tokenizer.model or a DataException, and never a crash: docs/fuzzing.md. */
class SentencePieceFuzzTest {
  private static final String TEXT = " Hello  w\u00f6rld\n<s> a\u0301 \u4eba\ud83d\ude00 ";
  private static Path folder = Path.of("");

  @BeforeAll
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("fuzz");
  }

  @AfterAll
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(folder.resolve("tokenizer.model"));
    Files.deleteIfExists(folder);
  }

  @FuzzTest(maxDuration = "60s")
  void open(byte[] data) throws IOException {
    Files.write(folder.resolve("tokenizer.model"), data);
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      tokenizer.decode(tokenizer.encode(TEXT));
      tokenizer.encodePlain(TEXT);
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
