package deepseek.store.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.lang.foreign.MemorySegment;

/** Any bytes are a header that covers them, or a DataException: docs/fuzzing.md. */
class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void header(byte[] data) {
    try {
      SafetensorsHeader header =
          SafetensorsHeader.read("fuzz.safetensors", MemorySegment.ofArray(data));
      long bytes =
          header.entries().values().stream().mapToLong(entry -> entry.end() - entry.begin()).sum();
      if (header.dataStart() + bytes != data.length) {
        throw new AssertionError(bytes + " bytes of tensors in " + data.length);
      }
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
