package deepseek.kernel.runtime;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The instruction sets of this processor for which kernels have code, by their names in {@link
 * CpuInfo}.
 *
 * <p>Used instead of {@code -march=native}: on virtual machines compilers misidentify the model,
 * and what they detect would not be part of a cache key.
 */
public record CpuFeatures(String architecture, Set<String> names) {
  /**
   * Limits the features to those named, e.g. {@code avx2,fma,f16c}: to try the other code paths.
   */
  public static final String LIMIT = "deepseek.cpu.features";

  private static final System.Logger LOG = System.getLogger(CpuFeatures.class.getName());
  private static final Set<String> COMPLAINED = ConcurrentHashMap.newKeySet();

  private static final Map<String, String> X86_FLAGS =
      Map.ofEntries(
          Map.entry("avx2", "-mavx2"),
          Map.entry("fma", "-mfma"),
          Map.entry("f16c", "-mf16c"),
          Map.entry("avx_vnni", "-mavxvnni"),
          Map.entry("avx512f", "-mavx512f"),
          Map.entry("avx512bw", "-mavx512bw"),
          Map.entry("avx512dq", "-mavx512dq"),
          Map.entry("avx512vl", "-mavx512vl"),
          Map.entry("avx512_vnni", "-mavx512vnni"),
          Map.entry("avx512_bf16", "-mavx512bf16"),
          Map.entry("amx_tile", "-mamx-tile"),
          Map.entry("amx_int8", "-mamx-int8"),
          Map.entry("amx_bf16", "-mamx-bf16"));

  public CpuFeatures {
    names = Set.copyOf(names);
  }

  /**
   * Detects the features; none if the system doesn't report them, which runs on every processor.
   */
  public static CpuFeatures detect() {
    String architecture =
        switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> System.getProperty("os.arch");
        };
    Set<String> found = new LinkedHashSet<>(CpuInfo.ofThisMachine().features());
    found.retainAll(X86_FLAGS.keySet());
    CpuFeatures all = new CpuFeatures(architecture, found).complete();
    String limit = System.getProperty(LIMIT);
    CpuFeatures wanted = limit == null ? all : all.only(named(limit));
    return wanted.hasTiles() && !TilePermission.isGranted() ? wanted.withoutTiles() : wanted;
  }

  /** Whether sums of byte products don't saturate; AVX2 and AVX-512 need VNNI for that. */
  public boolean multipliesBytes() {
    return !names.contains("avx2")
        || names.contains(names.contains("avx512f") ? "avx512_vnni" : "avx_vnni");
  }

  /** Whether there is AMX, at least for bytes. */
  public boolean hasTiles() {
    return names.contains("amx_tile");
  }

  /** The same without AMX. */
  public CpuFeatures withoutTiles() {
    Set<String> rest = new LinkedHashSet<>(names);
    rest.removeIf(name -> name.startsWith("amx"));
    return new CpuFeatures(architecture, rest).complete();
  }

  private static Set<String> named(String limit) {
    Set<String> names = new TreeSet<>();
    for (String name : limit.split(",")) {
      names.add(name.strip());
    }
    Set<String> unknown = new TreeSet<>(names);
    unknown.removeAll(X86_FLAGS.keySet());
    unknown.remove("");
    if (!unknown.isEmpty() && COMPLAINED.add(limit)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "limit the processor''s features: expected {0} to name some of {1}, got {2}; these are"
              + " left out",
          LIMIT,
          new TreeSet<>(X86_FLAGS.keySet()),
          unknown);
    }
    return names;
  }

  /** The intersection with {@code wanted}. */
  public CpuFeatures only(Set<String> wanted) {
    Set<String> both = new LinkedHashSet<>(names);
    both.retainAll(wanted);
    return new CpuFeatures(architecture, both).complete();
  }

  /**
   * Drops AVX-512 if anything its code uses is missing, otherwise AVX-VNNI, which that code doesn't
   * use. Drops AMX if the AVX-512 code around it can't run, and what only the AMX code uses.
   */
  private CpuFeatures complete() {
    boolean wide = names.containsAll(List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));
    boolean tiles = wide && names.containsAll(List.of("avx512_vnni", "amx_tile", "amx_int8"));
    boolean halves = tiles && names.contains("avx512_bf16");
    Set<String> rest = new LinkedHashSet<>(names);
    rest.removeIf(name -> wide ? name.equals("avx_vnni") : name.startsWith("avx512"));
    rest.removeIf(name -> !tiles && name.startsWith("amx"));
    rest.removeIf(name -> !halves && name.equals("amx_bf16"));
    return new CpuFeatures(architecture, rest);
  }

  /** The vendor's name of this processor; "unknown" if the system doesn't report it. */
  public static String processor() {
    CpuInfo here = CpuInfo.ofThisMachine();
    return here.field("model name").or(() -> here.field("CPU part")).orElse("unknown");
  }

  /** Compiler flags of the instruction sets that are not {@code here}, by their names. */
  static Map<String, String> flagsOfOthers(Set<String> here) {
    Map<String, String> others = new TreeMap<>(X86_FLAGS);
    others.keySet().removeAll(here);
    return others;
  }

  /** Compiler flags of these instruction sets, in a fixed order. */
  public List<String> compilerFlags() {
    return new TreeSet<>(names).stream().map(X86_FLAGS::get).collect(Collectors.toList());
  }
}
