package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.GgmlType;
import deepseek.compute.LeakCheck;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.kernel.runtime.ChildJvm;
import deepseek.models.decoder.Decoder;
import deepseek.models.gguf.GgufCheckpoint;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import deepseek.store.safetensors.GrowingSafetensors;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The second load of a quantised model maps what the first one packed, or packs again. */
@ExtendWith(LeakCheck.class)
class PackedWeightsTest {
  private static final List<String> PROJECTIONS =
      List.of(
          "model.layers.0.self_attn.q_proj.weight",
          "model.layers.0.self_attn.v_proj.weight",
          "model.layers.0.mlp.up_proj.weight");

  @TempDir Path home;

  private final Set<String> packedNow = new ConcurrentSkipListSet<>();
  private Path model;
  private Path place;
  private Path cache;

  @BeforeEach
  void aModelAndACache() throws IOException {
    CompiledKernels.require();
    model = Files.createDirectory(home.resolve("model"));
    place = model;
    cache = home.resolve("cache");
    Files.writeString(model.resolve("weights"), "the first version");
  }

  private PackedWeights.Kept kept(QuantizationConfig quantization) {
    return new PackedWeights.Kept(
        PackedPlace.of(place, cache, PackedFiles.KEEP, quantization.weights()),
        List.of(model.resolve("weights")),
        0);
  }

  /** Weights that note which of the large ones are read. */
  private Weights watched(Weights weights) {
    return (Weights)
        Proxy.newProxyInstance(
            Weights.class.getClassLoader(),
            new Class<?>[] {Weights.class},
            (proxy, method, arguments) -> {
              boolean whole = method.getName().equals("load") && arguments.length == 1;
              if (whole) {
                packedNow.add((String) arguments[0]);
              }
              try {
                return method.invoke(weights, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Logits of a few tokens, by a decoder opened for them. */
  private float[] load(String name, QuantizationConfig quantization, boolean cached) {
    packedNow.clear();
    try (Decoder decoder = decoder(name, quantization)) {
      return logits(decoder, cached);
    }
  }

  private Decoder decoder(String name, QuantizationConfig quantization) {
    GoldenCase golden = new GoldenCase(name);
    return GoldenCase.decoder(
        golden.config(),
        watched(WeightParameters.described(golden.config(), golden.weights())),
        ModelOptions.defaults().withQuantization(quantization),
        Optional.of(kept(quantization)));
  }

  private static float[] logits(Decoder decoder, boolean cached) {
    try (Scope scope = Scope.open()) {
      Tensor ids = Tensor.of(new long[] {1, 5, 3}).reshape(1, 3);
      if (!cached) {
        return decoder.forward(ids).toFloats();
      }
      try (Batch steps = new Batch(decoder, 8, 0)) {
        return steps.forward(ids).toFloats();
      }
    }
  }

  private Path beside(QuantizationConfig quantization) {
    return model.resolve("model." + quantization + ".packed");
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, int4, true",
    "llama, int8, false",
    "llama-tied-bias, int4, true",
    "qwen2-moe-stacked, int8, true",
    "mixtral-stacked, int4, false",
    "deepseek-v3-fp8, int4, true",
  })
  void theSecondLoadReadsNoWeightOfTheModel(
      String name, QuantizationConfig quantization, boolean cached) throws IOException {
    float[] first = load(name, quantization, cached);
    assertThat(packedNow).isNotEmpty();
    assertThat(files(model)).containsExactly("model." + quantization + ".packed", "weights");

    float[] second = load(name, quantization, cached);
    assertThat(packedNow).isEmpty();
    assertThat(second).isEqualTo(first);
  }

  @Test
  void aModelThatIsClosedBeforeUseLeavesNoFile() throws IOException {
    decoder("llama", QuantizationConfig.INT4).close();
    assertThat(files(model)).containsExactly("weights");
  }

  @Test
  void aChangedModelIsPackedAgain() throws IOException {
    float[] first = load("llama", QuantizationConfig.INT4, true);
    byte[] before = Files.readAllBytes(beside(QuantizationConfig.INT4));
    Files.writeString(model.resolve("weights"), "the other version");

    assertThat(load("llama", QuantizationConfig.INT4, true)).isEqualTo(first);
    assertThat(packedNow).isNotEmpty();
    assertThat(Files.readAllBytes(beside(QuantizationConfig.INT4))).isNotEqualTo(before);
    load("llama", QuantizationConfig.INT4, true);
    assertThat(packedNow).isEmpty();
  }

  enum Damage {
    CUT_SHORT,
    EMPTY,
    HEADER,
    WEIGHT;

    byte[] of(byte[] whole) {
      byte[] damaged = whole.clone();
      return switch (this) {
        case CUT_SHORT -> Arrays.copyOf(whole, whole.length / 2);
        case EMPTY -> new byte[0];
        case HEADER -> {
          damaged[50] ^= 1;
          yield damaged;
        }
        case WEIGHT -> {
          damaged[whole.length - 100] ^= 1;
          yield damaged;
        }
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileIsMadeAnew(Damage damage) throws IOException {
    float[] first = load("llama", QuantizationConfig.INT8, true);
    Path file = beside(QuantizationConfig.INT8);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, damage.of(whole));

    assertThat(load("llama", QuantizationConfig.INT8, true)).isEqualTo(first);
    assertThat(packedNow).isNotEmpty();
    assertThat(Files.readAllBytes(file)).isEqualTo(whole);
  }

  /** A process that begins to pack and goes no further. */
  static final class Stuck {
    private Stuck() {}

    public static void main(String[] arguments) throws InterruptedException {
      try (var packed = new GrowingSafetensors(Path.of(arguments[0]), 100, 1 << 20)) {
        System.out.println("begun " + packed.shapes());
        Thread.sleep(300_000);
      }
    }
  }

  @Test
  void whatAProcessWritesStaysUntilItIsKilled() throws IOException, InterruptedException {
    assumeThat(Path.of("/proc/sys/kernel/random/boot_id")).as("Linux").exists();
    Path output = home.resolve("output");
    Path other = beside(QuantizationConfig.INT4);
    Process stuck = ChildJvm.start(output, Stuck.class, other.toString());
    try {
      while (Files.size(output) == 0 && stuck.isAlive()) {
        Thread.sleep(10);
      }
      assertThat(output).content().startsWith("begun");
      load("llama", QuantizationConfig.INT8, true);
      assertThat(files(model)).hasSize(3).first().asString().endsWith(".unfinished");
    } finally {
      stuck.destroyForcibly().waitFor();
    }
    assertThat(files(model)).hasSize(3);
    load("llama", QuantizationConfig.INT8, true);
    assertThat(files(model)).containsExactly("model.int8.packed", "weights");
  }

  @Test
  void whatAProcessLeftThatLocksNothingIsDeletedADayLater() throws IOException {
    load("llama", QuantizationConfig.INT8, true);
    Path file = beside(QuantizationConfig.INT8);
    Path old = file.resolveSibling("." + file.getFileName() + ".old.unfinished");
    Path recent = file.resolveSibling("." + file.getFileName() + ".recent.unfinished");
    Files.setLastModifiedTime(Files.writeString(old, "half"), FileTime.fromMillis(0));
    Files.writeString(recent, "half");
    load("llama", QuantizationConfig.INT8, true);
    assertThat(packedNow).isEmpty();
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
  }

  @Test
  void aFolderInTheFilesPlaceIsLeftAlone() throws IOException {
    Files.createDirectory(beside(QuantizationConfig.INT8));
    float[] first = load("llama", QuantizationConfig.INT8, true);
    assertThat(packedNow).isNotEmpty();
    assertThat(load("llama", QuantizationConfig.INT8, true)).containsExactly(first);
    assertThat(packedNow).isEmpty();
  }

  @Test
  void whereTheModelsFolderIsNotWritableTheCacheFolderIs() throws IOException {
    // Not by its rights: root may write anywhere.
    place = home.resolve("nowhere").resolve("model.gguf");
    float[] first = load("llama", QuantizationConfig.INT4, true);
    assertThat(files(model)).containsExactly("weights");
    assertThat(files(cache.resolve("packed")))
        .singleElement()
        .asString()
        .endsWith("-model.gguf.int4.packed");
    assertThat(load("llama", QuantizationConfig.INT4, true)).isEqualTo(first);
    assertThat(packedNow).isEmpty();
  }

  @Test
  void whereNothingIsWritableWeightsStayInMemory() throws IOException {
    place = home.resolve("nowhere").resolve("model.gguf");
    Files.writeString(cache, "a file where the folder should be");
    float[] first = load("llama", QuantizationConfig.INT4, true);
    assertThat(load("llama", QuantizationConfig.INT4, true)).isEqualTo(first);
    assertThat(packedNow).isNotEmpty();
    assertThat(files(home)).containsExactly("cache", "model");
  }

  @Test
  void aCacheFolderThatCannotBeIsNoObstacleToAFileBesideTheModel() throws IOException {
    Files.writeString(cache, "a file where the folder should be");
    load("llama", QuantizationConfig.INT4, true);
    assertThat(files(model)).containsExactly("model.int4.packed", "weights");
  }

  @Test
  void packedWeightsAreBuffersAndPlainOnesParameters() throws IOException {
    try (Decoder decoder = decoder("llama", QuantizationConfig.INT4)) {
      decoder.fullState();
      assertThat(decoder.buffers()).containsKey("model.layers.0.mlp.up_proj.weight");
      assertThat(decoder.parameters())
          .containsKey("model.norm.weight")
          .doesNotContainKey("model.layers.0.mlp.up_proj.weight");
    }
  }

  @Test
  void ofTwoLoadsAtOnceOneMakesTheFile() throws IOException {
    try (Decoder one = decoder("llama", QuantizationConfig.INT4);
        Decoder two = decoder("llama", QuantizationConfig.INT4)) {
      one.fullState();
      assertThat(two.fullState()).isNotEmpty();
      assertThat(logits(one, true)).isEqualTo(logits(two, true));
      assertThat(packedNow).isNotEmpty();
    }
    assertThat(files(model)).containsExactly("model.int4.packed", "weights");
    load("llama", QuantizationConfig.INT4, true);
    assertThat(packedNow).isEmpty();
  }

  @Test
  void aModelInUseOutlivesItsPackedFile() throws IOException {
    load("llama", QuantizationConfig.INT4, true);
    try (Decoder decoder = decoder("llama", QuantizationConfig.INT4)) {
      float[] before = logits(decoder, true);
      Files.delete(beside(QuantizationConfig.INT4));
      assertThat(logits(decoder, true)).isEqualTo(before);
    }
  }

  @Test
  void filesOfAModelAreListed() throws IOException {
    assertThat(PackedPlace.existing(model, cache)).isEmpty();
    load("llama", QuantizationConfig.INT4, true);
    load("llama", QuantizationConfig.INT8, true);
    assertThat(PackedPlace.existing(model, cache))
        .containsExactly(beside(QuantizationConfig.INT4), beside(QuantizationConfig.INT8));
    place = home.resolve("nowhere").resolve("model.gguf");
    load("llama", QuantizationConfig.INT4, true);
    assertThat(PackedPlace.existing(place, cache)).hasSize(1);
  }

  /** An interrupt closes the file under the writer, as a full disk would end it. */
  @Test
  void aFileThatCannotBeWrittenFurtherLeavesWeightsInMemory() throws IOException {
    GoldenCase golden = new GoldenCase("llama");
    try (Weights weights = WeightParameters.described(golden.config(), golden.weights());
        Scope scope = Scope.open()) {
      Packer packer = new Packer(weights, QuantizationConfig.INT8);
      try (var packed = new PackedWeights(packer, Optional.of(kept(QuantizationConfig.INT8)))) {
        List<QTensor> taken = new ArrayList<>();
        for (String name : PROJECTIONS) {
          taken.add(packed.take(name, packed.layout(name).orElseThrow()));
          Thread.currentThread().interrupt();
        }
        assertThat(Thread.interrupted()).isTrue();
        packed.complete();
        for (int i = 0; i < taken.size(); i++) {
          assertThat(taken.get(i).dequantise().toFloats())
              .isEqualTo(packer.packing(PROJECTIONS.get(i)).inMemory().dequantise().toFloats());
        }
      }
    }
    assertThat(files(model)).containsExactly("weights");
  }

  @Test
  void besideALinkMeansBesideTheLink() throws IOException {
    Path blob = Files.writeString(home.resolve("blob"), "bytes");
    Path link = Files.createSymbolicLink(model.resolve("model.gguf"), blob);
    assertThat(
            PackedPlace.of(link, cache, PackedFiles.KEEP, QuantizationConfig.WeightBits.AS_STORED)
                .candidates()
                .getFirst())
        .isEqualTo(model.resolve("model.gguf.as-stored.packed"));
  }

  @Test
  void theCacheAloneMayBeAskedFor() {
    Path file = model.resolve("model.gguf");
    assertThat(
            PackedPlace.of(file, cache, PackedFiles.CACHE, QuantizationConfig.WeightBits.AS_STORED)
                .candidates())
        .singleElement()
        .satisfies(path -> assertThat(path.getParent()).isEqualTo(cache.resolve("packed")));
  }

  /** Rows that the file has pair by pair are put in order before they are kept. */
  @Test
  void aGgufFileIsKeptAsItIsUsed() throws IOException {
    Path file = model.resolve("llama-Q8_0.gguf");
    requantised(Path.of("src/test/resources/gguf/llama.gguf"), file);
    float[] plain = gguf(file, Optional.empty());
    Path packed = model.resolve("llama-Q8_0.gguf.as-stored.packed");
    Optional<PackedWeights.Kept> kept =
        Optional.of(
            new PackedWeights.Kept(
                PackedPlace.of(
                    file, cache, PackedFiles.KEEP, QuantizationConfig.WeightBits.AS_STORED),
                List.of(file),
                0));
    assertThat(gguf(file, kept)).isEqualTo(plain);
    assertThat(packed).isRegularFile();
    assertThat(gguf(file, kept)).isEqualTo(plain);
  }

  private static float[] gguf(Path file, Optional<PackedWeights.Kept> kept) {
    GgufCheckpoint checkpoint = new GgufCheckpoint(file, GgufFile.open(file));
    try (Decoder decoder =
        GoldenCase.decoder(
            checkpoint.config(),
            checkpoint.weights(),
            ModelOptions.defaults().withQuantization(QuantizationConfig.AS_STORED),
            kept)) {
      return logits(decoder, true);
    }
  }

  private static void requantised(Path from, Path to) {
    try (GgufFile file = GgufFile.open(from);
        Scope scope = Scope.open()) {
      GgufWriter writer = GgufWriter.withMetadataOf(file, Set.of());
      for (String name : new TreeSet<>(file.names())) {
        List<Long> shape = file.info(name).shape();
        boolean fits = shape.size() == 2 && shape.getLast() % 32 == 0;
        writer.tensor(name, file.load(name), fits ? GgmlType.Q8_0 : GgmlType.F32);
      }
      writer.write(to);
    }
  }
}
