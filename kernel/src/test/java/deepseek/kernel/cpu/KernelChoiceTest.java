package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.GgmlType;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that lack something: each is a process that prints its kernels and a product. */
class KernelChoiceTest {
  private static final String MODULE = "--add-modules=" + VectorKernels.MODULE;

  @TempDir private Path folder;

  /** The output of a process, without the JVM's own line. */
  private record Said(List<String> lines) {
    String result() {
      return lines.getLast();
    }

    /** Log lines that users see. */
    List<String> warnings() {
      return lines.stream().filter(line -> line.startsWith("WARNING: ")).toList();
    }
  }

  @Test
  void withoutACompilerTheVectorApiIsUsed() throws Exception {
    Said said = run(Map.of("PATH", "/none", "CC", ""), MODULE);
    assertThat(said.result()).isEqualTo("VectorKernels 64.0");
    assertThat(said.warnings()).singleElement().asString().contains("no C compiler", "Vector API");
  }

  @Test
  void withoutAnythingOneLineSaysWhatHelps() throws Exception {
    Said said = run(Map.of("PATH", "/none", "CC", ""));
    assertThat(said.result()).isEqualTo("none");
    assertThat(said.warnings())
        .singleElement()
        .asString()
        .contains("libtorch", "no C compiler", "--add-modules " + VectorKernels.MODULE);
  }

  @Test
  void aCompilerThatFailsIsNamed() throws Exception {
    Path failing =
        script("[ \"$1\" = --version ] && echo odd 1.0 && exit\necho 'error: no headers'; exit 1");
    Said said = run(Map.of("CC", failing.toString()), MODULE);
    assertThat(said.result()).isEqualTo("VectorKernels 64.0");
    assertThat(said.warnings())
        .singleElement()
        .asString()
        .contains("Vector API", failing.toString(), "error: no headers");
  }

  @Test
  void aCompilerThatFailsIsRememberedUntilOneDoesNot() throws Exception {
    Path mark = folder.resolve("kernels").resolve("compiler-failed");
    Path failing = script("[ \"$1\" = --version ] && echo odd 1.0 && exit\nexit 1");
    Map<String, String> environment =
        Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", failing.toString());
    assertThat(run(environment).result()).isEqualTo("none");
    assertThat(mark).exists();
    run(environment, MODULE);
    assertThat(mark).exists();
    hasty(); // of the same name
    assertThat(run(environment).result()).isEqualTo("CpuKernels 64.0");
    assertThat(mark).doesNotExist();
  }

  @Test
  void aCompilerThatIsNoneIsNamed() throws Exception {
    Said said = run(Map.of("CC", "/nowhere/cc"), MODULE);
    assertThat(said.result()).isEqualTo("VectorKernels 64.0");
    assertThat(said.warnings()).singleElement().asString().contains("CC=/nowhere/cc");
  }

  @Test
  void aCommandOfSeveralWordsIsACompiler() throws Exception {
    Path launcher = script("exec \"$@\" -O0");
    Map<String, String> environment =
        Map.of(
            "DEEPSEEK_CACHE", folder.toString(), "CC", "'" + launcher + "' " + Presence.compiler());
    for (int start = 0; start < 2; start++) {
      Said said = run(environment);
      assertThat(said.result()).isEqualTo("CpuKernels 64.0");
      assertThat(said.warnings()).isEmpty();
    }
  }

  @Test
  void aCompilerForAnotherMachineIsNamed() throws Exception {
    assumeThat(CpuFeatures.detect().architecture()).isEqualTo("x86_64");
    String command = Presence.compiler() + " -m32";
    Said said = run(Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", command), MODULE);
    assertThat(said.result()).isEqualTo("VectorKernels 64.0");
    // A second one if AMX was to be tried.
    assertThat(said.warnings())
        .last()
        .asString()
        .contains("Vector API", command, "another machine");
  }

  @Test
  void aLibraryThatLacksAFunctionIsNamed() throws Exception {
    String calls = "void nowhere(void); __attribute__((constructor)) void it(void) { nowhere(); }";
    CCompiler compiler = Presence.compiler();
    Path lacking =
        script(
            "for a in \"$@\"; do case $a in *.c) echo '%s' >> \"$a\";; esac; done\nexec %s \"$@\" -O0"
                .formatted(calls, compiler));
    Said said = run(Map.of("CC", lacking.toString(), "DEEPSEEK_CACHE", folder.toString()), MODULE);
    assertThat(said.result()).isEqualTo("VectorKernels 64.0");
    assertThat(said.lines()).anySatisfy(line -> assertThat(line).contains("load the kernels"));
  }

  @Test
  void whatMeansNothingIsNamed() throws Exception {
    Map<String, String> environment =
        Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", hasty(), "DEEPSEEK_KERNELS", "fast");
    Said said = run(environment, "-Ddeepseek.cpu.features=AVX2, fma");
    assertThat(said.result()).isEqualTo("CpuKernels 64.0");
    assertThat(said.warnings()).hasSize(2);
    assertThat(said.warnings().getFirst()).contains("vector or off, got fast");
    assertThat(said.warnings().getLast()).contains("deepseek.cpu.features", "got [AVX2]");
  }

  @Test
  void whatIsAskedForIsUsed() throws Exception {
    assertThat(run(Map.of("DEEPSEEK_KERNELS", "off"), MODULE).lines()).containsExactly("none");
    assertThat(run(Map.of("DEEPSEEK_KERNELS", "vector"), MODULE).result())
        .isEqualTo("VectorKernels 64.0");
  }

  @Test
  void withoutACacheKernelsAreCompiledAllTheSame() throws Exception {
    Path inTheWay = Files.writeString(folder.resolve("file"), "");
    Said said = run(Map.of("DEEPSEEK_CACHE", inTheWay.toString(), "CC", hasty()));
    assertThat(said.result()).isEqualTo("CpuKernels 64.0");
    assertThat(said.warnings()).singleElement().asString().contains("makes its native code anew");
  }

  @Test
  void aDamagedEntryIsCompiledAgain() throws Exception {
    Map<String, String> environment = Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", hasty());
    assertThat(run(environment).warnings()).isEmpty();
    assertThat(run(environment).lines()).containsExactly("CpuKernels 64.0");
    try (var files = Files.list(folder.resolve("kernels"))) {
      Path library = files.filter(f -> f.toString().endsWith(".so")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(library);
      bytes[bytes.length / 2] ^= 1;
      Files.write(library, bytes);
    }
    Said said = run(environment);
    assertThat(said.result()).isEqualTo("CpuKernels 64.0");
    assertThat(said.warnings()).singleElement().asString().contains("damaged");
    assertThat(run(environment).lines()).containsExactly("CpuKernels 64.0");
  }

  @Test
  void whatTuningFoundIsUsedFromTheNextStartOn() throws Exception {
    Map<String, String> environment = Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", hasty());
    CCompiler compiler = CCompiler.ofSystem().orElseThrow();
    FoundTuning record =
        new FoundTuning(new KernelCache(folder.resolve("kernels")), compiler, CpuFeatures.detect());
    CpuTuning compiled = CpuTuning.USUAL.with(CpuTuning.Choice.AHEAD, 512);
    CpuTuning counted = CpuTuning.USUAL.with(CpuTuning.Choice.CHUNKS, 24);
    for (CpuTuning tuning : List.of(compiled, counted)) {
      record.remember(tuning);
      assertThat(run(environment).result()).isEqualTo("CpuKernels 64.0 " + tuning);
    }
  }

  @Test
  void aProcessorWithoutVectorsGetsPlainCode() throws Exception {
    Map<String, String> environment = Map.of("DEEPSEEK_CACHE", folder.toString(), "CC", hasty());
    assertThat(run(environment, "-Ddeepseek.cpu.features=").result()).isEqualTo("CpuKernels 64.0");
  }

  /** The system's compiler without optimisation. */
  private String hasty() throws IOException {
    Optional<CCompiler> compiler = CCompiler.ofSystem();
    assumeThat(compiler).as("a C compiler").isPresent();
    return script("exec " + compiler.get() + " \"$@\" -O0").toString();
  }

  private Path script(String lines) throws IOException {
    Path script = Files.writeString(folder.resolve("cc"), "#!/bin/sh\n" + lines + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  private static Said run(Map<String, String> environment, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Machine.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return new Said(
        text.lines().filter(line -> !line.startsWith("WARNING: Using incubator modules")).toList());
  }

  /** Prints the kernels' class, a weight of ones times a row of ones, and the tuned constants. */
  static final class Machine {
    private Machine() {}

    public static void main(String[] arguments) {
      Optional<PackedKernels> kernels = PackedKernels.loaded();
      System.out.println(
          kernels
              .map(k -> k.getClass().getSimpleName() + " " + product(k) + tuned(k))
              .orElse("none"));
    }

    private static String tuned(PackedKernels kernels) {
      return kernels instanceof CpuKernels c && !c.tuning().equals(CpuTuning.USUAL)
          ? " " + c.tuning()
          : "";
    }

    private static float product(PackedKernels kernels) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment ones = arena.allocate(ValueLayout.JAVA_FLOAT, 2 * 64);
        for (int i = 0; i < 2 * 64; i++) {
          ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
        WeightFormat format = WeightFormat.INT4_OFFSET;
        MemorySegment packed = arena.allocate(format.bytes(2, 64), 64);
        kernels.pack(
            new CpuKernels.UnpackedWeight(GgmlType.F32, ones.address(), 64 * 4, 64, 2, 0),
            format,
            packed.address(),
            0,
            1);
        MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, PackedKernels.wholeBlocks(2));
        WeightOperand weight = new WeightOperand(format, packed.address(), 64, 2);
        try (PackedKernels.Product product = kernels.product(weight, 2)) {
          product.run(packed.address(), ones, y, 1);
        }
        return y.getAtIndex(ValueLayout.JAVA_FLOAT, 1);
      }
    }
  }
}
