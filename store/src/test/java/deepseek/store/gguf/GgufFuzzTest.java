package deepseek.store.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.lang.foreign.MemorySegment;

/** Any bytes are a header or a DataException: docs/fuzzing.md. */
class GgufFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void header(byte[] data) {
    try {
      GgufHeader header = GgufHeader.read("fuzz.gguf", MemorySegment.ofArray(data));
      for (String key : header.metadata().keys()) {
        header.metadata().describe(key);
      }
    } catch (DataException expected) {
      requireOneLine(expected);
    }
  }

  private static void requireOneLine(DataException e) {
    if (String.valueOf(e.getMessage()).contains("\n")) {
      throw new AssertionError("more than one line", e);
    }
  }
}
