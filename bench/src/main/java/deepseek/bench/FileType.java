package deepseek.bench;

import deepseek.GgmlType;
import deepseek.store.gguf.GgufWriter;
import java.util.Map;
import java.util.Set;

/** What llama.cpp's files say about the type of most of their matrices. */
final class FileType {
  /** The keys that say it. */
  static final Set<String> KEYS = Set.of("general.file_type", "general.quantization_version");

  private static final Map<GgmlType, Integer> NUMBERS =
      Map.of(
          GgmlType.F32, 0, GgmlType.F16, 1, GgmlType.Q4_0, 2, GgmlType.Q8_0, 7, GgmlType.BF16, 32);

  private FileType() {}

  static void tell(GgufWriter out, GgmlType type) {
    Integer number = NUMBERS.get(type);
    if (number != null) {
      out.uint32("general.file_type", number).uint32("general.quantization_version", 2);
    }
  }
}
