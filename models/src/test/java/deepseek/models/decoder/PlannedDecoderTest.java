package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LargestLogits;
import deepseek.compute.LeakCheck;
import deepseek.compute.Plan;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.SeveralThreads;
import deepseek.compute.Tensor;
import deepseek.compute.TopK;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.models.Batch;
import deepseek.models.GoldenCase;
import deepseek.models.KvCacheType;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import deepseek.models.gguf.GgufCheckpoint;
import deepseek.models.gguf.GgufCopy;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step as one plan against the same layers run one by one, with packed weights. */
@ExtendWith({LeakCheck.class, SeveralThreads.class})
class PlannedDecoderTest {
  // Activations in 1/32512 of a group's largest, rounded anew in each of the two.
  private static final double TOLERANCE = 5e-3;
  private static final int ROWS = 6;

  // Activations that the kernels don't know.
  private static final List<String> UNPLANNED = List.of("llama-quick-gelu", "llama-relu2");

  static List<String> planned() {
    return GoldenParityTest.CASES.stream().filter(name -> !UNPLANNED.contains(name)).toList();
  }

  @BeforeEach
  void thereAreKernels() {
    CompiledKernels.require();
  }

  @ParameterizedTest
  @MethodSource("planned")
  void everyFamilyRunsAsAPlan(String name) {
    try (var golden = new DecoderCase(name)) {
      assertThat(golden.decoder().isPlanned()).isTrue();
    }
  }

  @Test
  void whatTheKernelsDoNotKnowRunsLayerByLayerAndIsSaidOnce() {
    for (String name : UNPLANNED) {
      try (LogOf log = new LogOf(Decoder.class);
          var golden = new DecoderCase(name)) {
        assertThat(golden.decoder().isPlanned()).as(name).isFalse();
        assertThat(golden.decoder().isPlanned()).as(name).isFalse();
        assertThat(log.toString())
            .contains("WARNING steps run layer by layer")
            .contains(
                "the kernels don't do the activation "
                    + name.replace("llama-", "").replace('-', '_'))
            .containsOnlyOnce("\n");
      }
    }
  }

  @Test
  void theLargestLogitsAreThoseOfTheRow() {
    try (var golden = new DecoderCase("llama");
        Scope scope = Scope.open();
        Batch cache = new Batch(golden.decoder(), 8, new int[2])) {
      Tensor ids = Tensor.of(new long[] {1, 2, 3, 4}, 2, 2);
      LargestLogits largest = cache.largest(ids, LargestLogits.MOST);
      for (int row = 0; row < 2; row++) {
        TopK expected = Tensor.of(largest.all(row), 96).topk(LargestLogits.MOST, 0);
        assertThat(largest.values(row)).containsExactly(expected.values().toFloats());
        assertThat(largest.ids(row)).containsExactly(expected.indices().toInts());
      }
    }
  }

  @Test
  void itsProductsAreTheModelsWeights() {
    try (var golden = new DecoderCase("llama")) {
      DecoderConfig config = golden.decoder().config();
      assertThat(golden.decoder().products())
          .doesNotHaveDuplicates()
          .anyMatch(p -> p.out() == config.vocabSize() && p.activationBits() == 16)
          .allMatch(p -> p.format().equals("f32"));
    }
  }

  @ParameterizedTest
  @MethodSource("planned")
  void eightBitsGiveWhatLayersGive(String name) {
    comparePlanAndLayers(name, QuantizationConfig.INT8);
  }

  @ParameterizedTest
  @MethodSource("planned")
  void fourBitsGiveWhatLayersGive(String name) {
    comparePlanAndLayers(name, QuantizationConfig.INT4);
  }

  /**
   * Activations in steps of a 127th, as 4-bit weights have them on each processor; what they amount
   * to in these models' logits of about 1.
   */
  @ParameterizedTest
  @MethodSource("planned")
  void activationsInEightBitsGiveNearlyTheSame(String name) {
    GoldenCase golden = new GoldenCase(name);
    ModelOptions options = ModelOptions.defaults();
    QuantizationConfig rounding = QuantizationConfig.INT4.withActivationBits(8);
    try (Decoder wide = golden.decoder(options.withQuantization(QuantizationConfig.INT4));
        Decoder narrow = golden.decoder(options.withQuantization(rounding));
        Scope scope = Scope.open();
        Rng rng = Rng.seeded(13);
        Batch wideCache = new Batch(wide, 64, new int[ROWS]);
        Batch narrowCache = new Batch(narrow, 64, new int[ROWS])) {
      long vocabulary = wide.config().vocabSize();
      Tensor ids =
          Tensor.rand(rng, ROWS, 40).mul(Tensor.scalar((double) vocabulary)).to(DType.INT64);
      Tensor apart = narrowCache.forward(ids).sub(wideCache.forward(ids)).abs();
      assertThat(apart.mean().toFloats()[0]).isBetween(1e-6f, isMixture(name) ? 0.15f : 0.04f);
    }
  }

  private static void comparePlanAndLayers(String name, QuantizationConfig quantization) {
    GoldenCase golden = new GoldenCase(name);
    try (Decoder decoder = golden.decoder(ModelOptions.defaults().withQuantization(quantization))) {
      comparePlanAndLayers(name, decoder);
    }
  }

  private static void comparePlanAndLayers(String name, Decoder decoder) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(11)) {
      long vocabulary = decoder.config().vocabSize();
      Tensor ids =
          Tensor.rand(rng, ROWS, 14).mul(Tensor.scalar((double) vocabulary)).to(DType.INT64);
      Tensor layers = decoder.forward(ids);
      try (Batch cache = new Batch(decoder, 64, new int[ROWS])) {
        assertRowsClose(name, cache.forward(ids), layers);
      }
      try (Batch cache = new Batch(decoder, 64, new int[ROWS])) {
        List<Tensor> steps = new ArrayList<>();
        for (Tensor one : ids.split(1, ones(ids.size(1)))) {
          steps.add(cache.forward(one));
        }
        assertRowsClose(name, Tensor.cat(steps, 1), layers);
      }
    }
  }

  /** As files come that were quantised by how much each matrix matters. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gemma3", "mixtral", "mixtral-single", "qwen2-moe"})
  void weightsOfSeveralTypesRunAsAPlan(String name, @TempDir Path folder) {
    Path file = GgufCopy.of(name).types(PlannedDecoderTest::mixed).write(folder.resolve("x.gguf"));
    ModelOptions options = ModelOptions.defaults();
    var checkpoint = new GgufCheckpoint(file, GgufFile.open(file));
    try (Weights weights = checkpoint.weights();
        Decoder decoder =
            GoldenCase.decoder(
                checkpoint.config(),
                weights,
                options.withQuantization(QuantizationConfig.AS_STORED))) {
      assertThat(decoder.isPlanned()).isTrue();
      assertThat(decoder.products().stream().map(Plan.Product::format).distinct())
          .hasSizeGreaterThanOrEqualTo(3);
      comparePlanAndLayers(name, decoder);
    }
  }

  /** Of an expert that has a tensor of its own, by its number too. */
  private static Optional<GgmlType> mixed(String tensor) {
    List<GgmlType> types = List.of(GgmlType.Q4_0, GgmlType.Q8_0, GgmlType.F16, GgmlType.BF16);
    List<String> parts = List.of("_gate", "_up", "_down", "attn_q", "attn_k", "attn_v");
    for (int i = 0; i < parts.size(); i++) {
      if (tensor.contains(parts.get(i)) && !tensor.contains("norm") && !tensor.contains("_inp")) {
        int own = tensor.matches(".*\\.[13]\\.weight") ? 1 : 0;
        return Optional.of(types.get((i + own) % types.size()));
      }
    }
    return Optional.empty();
  }

  /** Where two experts are as good but for a rounding, a row may take the other one. */
  private static void assertRowsClose(String name, Tensor got, Tensor want) {
    assertThat(got.shape()).isEqualTo(want.shape());
    int off = 0;
    for (float most : got.sub(want).abs().reshape(ROWS, -1).max(-1).toFloats()) {
      off += most < TOLERANCE ? 0 : 1;
    }
    assertThat(off).as("rows that differ").isLessThanOrEqualTo(isMixture(name) ? 1 : 0);
  }

  private static boolean isMixture(String name) {
    return name.contains("moe") || name.startsWith("mixtral") || name.startsWith("deepseek-v");
  }

  private static long[] ones(long count) {
    long[] sizes = new long[(int) count];
    Arrays.fill(sizes, 1);
    return sizes;
  }

  /**
   * Keys and values in steps of a 127th; what they amount to in these models' logits of about 1.
   */
  @ParameterizedTest
  @MethodSource("planned")
  void aCacheInEightBitsGivesNearlyTheSame(String name) {
    GoldenCase golden = new GoldenCase(name);
    ModelOptions options = ModelOptions.defaults();
    try (Decoder exact = golden.decoder(options);
        Decoder rounded = golden.decoder(options.withKvCache(KvCacheType.INT8));
        Scope scope = Scope.open();
        Rng rng = Rng.seeded(12)) {
      long vocabulary = exact.config().vocabSize();
      Tensor ids =
          Tensor.rand(rng, ROWS, 40).mul(Tensor.scalar((double) vocabulary)).to(DType.INT64);
      int[] padding = {0, 3, 0, 17, 1, 0};
      try (Batch plain = new Batch(exact, 64, padding);
          Batch bytes = new Batch(rounded, 64, padding)) {
        for (Tensor part : ids.split(1, 33, 1, 1, 5)) {
          Tensor want = plain.forward(part).logSoftmax(-1);
          Tensor got = bytes.forward(part).logSoftmax(-1);
          float[] divergence =
              want.exp().mul(want.sub(got)).sum(-1).reshape(ROWS, -1).mean(-1).toFloats();
          Arrays.sort(divergence);
          assertThat(divergence[ROWS / 2]).isBetween(1e-12f, 5e-3f);
        }
      }
    }
  }

  @Test
  void aCacheInEightBitsIsRefusedWhereLayersRunOneByOne() {
    GoldenCase golden = new GoldenCase("llama-relu2");
    try (Decoder decoder = golden.decoder(ModelOptions.defaults().withKvCache(KvCacheType.INT8));
        Scope scope = Scope.open();
        Batch cache = new Batch(decoder, 8, 0)) {
      assertThatThrownBy(() -> cache.forward(Tensor.zeros(DType.INT64, Device.CPU, 1, 1)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("got the activation relu2");
    }
    ModelOptions budget = ModelOptions.defaults().withMemoryBudget(1 << 20);
    assertThatThrownBy(() -> budget.withKvCache(KvCacheType.INT8))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no memory budget");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 40})
  void unknownTokensAreRefused(long id) {
    try (var golden = new DecoderCase("llama");
        Scope scope = Scope.open();
        Batch cache = new Batch(golden.decoder(), 8, 0)) {
      Tensor ids = Tensor.of(new long[] {1, id}, 1, 2);
      assertThatThrownBy(() -> golden.decoder().forward(ids, cache.cache(0)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("token ids from 0 to");
      assertThat(cache.cache(0).length()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"llama, 700", "mistral, 530", "qwen3-moe, 1030", "deepseek-v2, 700"})
  void longPromptsInSeveralCallsGiveWhatLayersGive(String name, int length) {
    GoldenCase golden = new GoldenCase(name);
    try (Decoder decoder = golden.decoder(ModelOptions.defaults());
        Scope scope = Scope.open();
        Batch cache = new Batch(decoder, 2048, 0)) {
      long[] tokens = new long[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = (i * 7919L + 13) % decoder.config().vocabSize();
      }
      Tensor ids = Tensor.of(tokens, 1, length);
      Tensor layers = decoder.forward(ids);
      assertClose(cache.forward(ids), layers);
      Tensor next = Tensor.of(new long[] {1}, 1, 1);
      Tensor all = decoder.forward(Tensor.cat(List.of(ids, next), 1));
      assertClose(cache.forwardLast(next), all.select(1, length));
    }
  }

  private static void assertClose(Tensor got, Tensor want) {
    assertThat(got.shape()).isEqualTo(want.shape());
    assertThat(got.sub(want).abs().max().item()).isLessThan(TOLERANCE);
  }
}
