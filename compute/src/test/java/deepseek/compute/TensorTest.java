package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class TensorTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyTypeRoundTripsThroughFloat(DType type) {
    Tensor t = Tensor.of(new float[] {0, 1, 1, 0}, 2, 2).to(type);
    assertThat(t.dtype()).isEqualTo(type);
    assertThat(t.toFloats()).containsExactly(0, 1, 1, 0);
    assertThat(t.toBytes()).hasSize(4 * type.byteSize());
  }

  @Test
  void growsAlongAnyDim() {
    try (Scope scope = Scope.open()) {
      Tensor from = Tensor.arange(0, 12, Device.CPU).reshape(2, 3, 2);
      for (int dim = 0; dim < 3; dim++) {
        long had = from.size(dim);
        Tensor grown = from.grown(dim, had + 2);
        assertThat(grown.size(dim)).isEqualTo(had + 2);
        assertThat(grown.narrow(dim, 0, had).toLongs()).containsExactly(from.toLongs());
        Tensor transposed = from.transpose(0, 2);
        Tensor alsoGrown = transposed.grown(dim, transposed.size(dim) + 1);
        assertThat(alsoGrown.narrow(dim, 0, transposed.size(dim)).toLongs())
            .containsExactly(transposed.toLongs());
      }
      assertThatThrownBy(() -> from.grown(1, 2)).isInstanceOf(ComputeException.class);
      assertThatThrownBy(() -> from.grown(3, 9)).isInstanceOf(ComputeException.class);
    }
  }

  @Test
  void valuesComeOutInRowMajorOrderOfAnyView() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).transpose(0, 1);
    assertThat(t.shape()).containsExactly(3, 2);
    assertThat(t.toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(t.isContiguous()).isFalse();
    assertThat(t.contiguous().toLongs()).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void matmulAgreesWithPlainLoops() {
    Random random = new Random(3);
    for (int trial = 0; trial < 20; trial++) {
      int n = 1 + random.nextInt(9);
      int k = 1 + random.nextInt(9);
      int m = 1 + random.nextInt(9);
      float[] a = floats(random, n * k);
      float[] b = floats(random, k * m);
      float[] c = Tensor.of(a, n, k).matmul(Tensor.of(b, k, m)).toFloats();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
          double sum = 0;
          for (int l = 0; l < k; l++) {
            sum += (double) a[i * k + l] * b[l * m + j];
          }
          assertThat((double) c[i * m + j]).isCloseTo(sum, within(1e-4));
        }
      }
    }
  }

  @Test
  void groupedAttentionEqualsRepeatedHeads() {
    try (Rng rng = Rng.seeded(1)) {
      Tensor q = Tensor.randn(rng, 2, 4, 5, 8);
      Tensor k = Tensor.randn(rng, 2, 2, 5, 8);
      Tensor v = Tensor.randn(rng, 2, 2, 5, 8);
      Tensor grouped = q.causalAttention(k, v, 0.3);
      Tensor scores =
          q.matmul(k.repeatInterleave(2, 1).transpose(2, 3))
              .mul(0.3)
              .maskedFill(Tensor.ones(5, 5).triu(1).to(DType.BOOL), Double.NEGATIVE_INFINITY);
      Tensor plain = scores.softmax(-1).matmul(v.repeatInterleave(2, 1));
      assertThat(grouped.sub(plain).abs().max().item()).isLessThan(1e-5);
    }
  }

  @Test
  void gradientOfASquareIsTwiceTheValue() {
    Tensor x = Tensor.of(new float[] {1, -2, 3}).withGrad();
    x.mul(x).sum().backward();
    assertThat(x.grad().orElseThrow().toFloats()).containsExactly(2, -4, 6);
    x.dropGrad();
    assertThat(x.grad()).isEmpty();
  }

  @Test
  void inferenceModeRecordsNothing() {
    Tensor x = Tensor.ones(2).withGrad();
    try (var mode = InferenceMode.enter()) {
      assertThat(x.mul(2).requiresGrad()).isFalse();
    }
    assertThat(x.mul(2).requiresGrad()).isTrue();
  }

  @Test
  void joinsAndSplitsAreInverse() {
    Tensor a = Tensor.arange(0, 6, Device.CPU).reshape(2, 3);
    List<Tensor> parts = a.split(1, 1, 2);
    assertThat(Tensor.cat(parts, 1).toLongs()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(Tensor.stack(List.of(a, a), 0).shape()).containsExactly(2, 2, 3);
  }

  @Test
  void topkGivesValuesAndPlaces() {
    TopK top = Tensor.of(new float[] {3, 9, 1, 7}).topk(2, -1);
    assertThat(top.values().toFloats()).containsExactly(9, 7);
    assertThat(top.indices().toLongs()).containsExactly(1, 3);
  }

  @Test
  void sameSeedSameNumbers() {
    try (Rng a = Rng.seeded(7);
        Rng b = Rng.seeded(7)) {
      assertThat(Tensor.randn(a, 50).toFloats()).containsExactly(Tensor.randn(b, 50).toFloats());
    }
  }

  @Test
  void borrowedMemoryIsGivenBackAfterItsLastView() {
    AtomicInteger freed = new AtomicInteger();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment data = arena.allocate(16, 64);
      data.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 5);
      Tensor view;
      try (var inner = Scope.open()) {
        Tensor whole =
            Tensor.ofSegment(data, DType.FLOAT32, new long[] {4}, freed::incrementAndGet);
        assertThat(whole.dataAddress()).isEqualTo(data.address());
        view = inner.keep(whole.narrow(0, 1, 1));
      }
      assertThat(freed).hasValue(0);
      assertThat(view.item()).isEqualTo(5);
      view.close();
      assertThat(freed).hasValue(1);
    }
  }

  @Test
  void borrowedEmptyMemoryIsGivenBackToo() {
    AtomicInteger freed = new AtomicInteger();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment data = arena.allocate(64, 64);
      for (int i = 0; i < 2; i++) {
        Tensor.ofSegment(
                data.asSlice(0, 0), DType.FLOAT32, new long[] {0, 3}, freed::incrementAndGet)
            .close();
      }
    }
    assertThat(freed).hasValue(2);
  }

  @Test
  void errorsShowOperationShapesAndRemedy() {
    Tensor a = Tensor.zeros(2, 3);
    Tensor b = Tensor.zeros(4, 5);
    assertThatThrownBy(() -> a.matmul(b))
        .isInstanceOf(ComputeException.class)
        .hasMessageStartingWith(
            "matmul: expected [.., n, k] x [.., k, m], got float32[2, 3] and float32[4, 5]")
        .hasMessageEndingWith("transpose or reshape one operand")
        .message()
        .doesNotContain("\n");
    assertThatThrownBy(() -> a.add(b)).hasMessageContaining("float32[2, 3] and float32[4, 5]");
    assertThatThrownBy(() -> a.reshape(4, 4)).hasMessageContaining("as many elements");
    assertThatThrownBy(() -> Tensor.of(new float[3], 2, 2)).hasMessageContaining("16 bytes");
    assertThatThrownBy(() -> Tensor.of(new float[3], -1, -3)).hasMessageContaining("[-1, -3]");
    assertThatThrownBy(a::item).hasMessageContaining("one element");
    assertThatThrownBy(() -> a.size(2)).hasMessageContaining("float32[2, 3]");
    assertThatThrownBy(() -> a.embedding(Tensor.of(new long[] {7})))
        .hasMessageContaining("tokenizer and model belong together");
    assertThatThrownBy(() -> Tensor.zeros(1L << 40, 1L << 40)).isInstanceOf(ComputeException.class);
    assertThatThrownBy(() -> Tensor.cat(List.of(), 0)).hasMessageContaining("at least one");
  }

  @Test
  void namesOfTypesAndDevicesRoundTrip() {
    for (DType type : DType.values()) {
      assertThat(DType.ofTorchName("torch." + type.torchName())).isEqualTo(type);
    }
    assertThatThrownBy(() -> DType.ofTorchName("int4")).hasMessageContaining("'int4'");
    assertThat(Device.of("cuda:1")).hasToString("cuda:1");
    assertThat(Device.of("cpu")).isEqualTo(Device.CPU);
    assertThatThrownBy(() -> Device.of("tpu")).hasMessageContaining("cuda:N");
  }

  private static float[] floats(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
