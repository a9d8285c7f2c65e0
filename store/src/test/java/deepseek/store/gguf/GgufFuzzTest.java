package deepseek.store.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.store.StoreException;
import java.lang.foreign.MemorySegment;

/** Any bytes are a header or a StoreException: docs/fuzzing.md. */
class GgufFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void header(byte[] data) {
    try {
      GgufHeader header = GgufHeader.read("fuzz.gguf", MemorySegment.ofArray(data));
      for (String key : header.metadata().keys()) {
        header.metadata().describe(key);
      }
    } catch (StoreException expected) {
      requireOneLine(expected);
    }
  }

  private static void requireOneLine(StoreException e) {
    if (String.valueOf(e.getMessage()).contains("\n")) {
      throw new AssertionError("more than one line", e);
    }
  }
}
