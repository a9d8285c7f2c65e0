package deepseek.store.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;

/** Any bytes are an index of plain file names, or a DataException: docs/fuzzing.md. */
class SafetensorsIndexFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void index(byte[] data) {
    try {
      for (String shard : SafetensorsIndex.parse("fuzz.json", data).shards()) {
        if (shard.contains("/") || shard.contains("\\") || shard.startsWith(".")) {
          throw new AssertionError("a path out of the folder: " + shard);
        }
      }
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
