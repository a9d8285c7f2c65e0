package deepseek.bench.speed;

import deepseek.bench.machine.Cpu;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How a llama.cpp was built, by its own account: {@code CPU : AVX2 = 1 | AVX512_VNNI = 1 | ...}.
 */
public record PeerBuild(String version, String system) {
  /** llama.cpp's names of what {@link Cpu} knows, where it has code for it. */
  private static final Map<String, String> NAMES = names();

  private static Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("avx", "AVX");
    names.put("f16c", "F16C");
    names.put("fma", "FMA");
    names.put("avx2", "AVX2");
    names.put("avx_vnni", "AVX_VNNI");
    names.put("avx512f", "AVX512");
    names.put("avx512vbmi", "AVX512_VBMI");
    names.put("avx512_vnni", "AVX512_VNNI");
    names.put("avx512_bf16", "AVX512_BF16");
    names.put("amx_int8", "AMX_INT8");
    names.put("asimd", "NEON");
    names.put("asimddp", "DOTPROD");
    names.put("i8mm", "MATMUL_INT8");
    names.put("sve", "SVE");
    names.put("sme", "SME");
    return names;
  }

  /** Features that the processor has and the build makes no use of, by llama.cpp's names. */
  public List<String> missing(Cpu cpu) {
    return NAMES.entrySet().stream()
        .filter(name -> cpu.features().contains(name.getKey()))
        .map(Map.Entry::getValue)
        .filter(name -> !has(name))
        .toList();
  }

  private boolean has(String name) {
    return Pattern.compile("\\b" + name + " = 1\\b").matcher(system).find();
  }
}
