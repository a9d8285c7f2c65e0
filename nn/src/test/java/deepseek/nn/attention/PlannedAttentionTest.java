package deepseek.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.PlanBuilder;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.SeveralThreads;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.RandomParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention by the kernels, {@code x + attention(x)}, against the layer that libtorch runs. */
@ExtendWith({LeakCheck.class, SeveralThreads.class})
class PlannedAttentionTest {
  private static final int DIM = 48;
  private static final int VOCABULARY = 50;
  private static final int GROUP = 32;
  // A prompt longer than a tile of keys, tokens one by one, and a few at once.
  private static final int[] CALLS = {90, 1, 1, 7, 1};

  @BeforeEach
  void thereAreKernels() {
    CompiledKernels.require();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 32, 0, FLOAT32", "3, 1, 64, 0, FLOAT32", "40, 1, 8, 0, FLOAT32", "9, 3, 18, 33, FLOAT32",
    "1, 1, 32, 0, INT8", "3, 1, 64, 0, INT8", "40, 1, 8, 0, INT8", "9, 3, 18, 33, INT8",
    "4, 2, 128, 70, INT8", "2, 2, 300, 0, INT8", "3, 1, 64, 0, BFLOAT16", "3, 1, 24, 20, FLOAT16"
  })
  void groupedHeads(int heads, int keys, int width, int window, DType cache) {
    var settings = GroupedAttention.Settings.of(DIM, heads, keys, width).withWindow(window);
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(heads * 1000L + width)) {
      RandomParameters p = new RandomParameters(rng);
      compare(rng, GroupedAttention.of(settings, p, rotary(width)), new Rounding(cache, 0));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4, 16, 8, 8, 8, FLOAT32", "40, 64, 24, 16, 80, FLOAT32", "2, 130, 70, 6, 20, FLOAT32",
    "3, 64, 24, 16, 80, INT8", "2, 33, 9, 4, 7, INT8", "4, 16, 8, 8, 8, BFLOAT16"
  })
  void latents(int heads, int rank, int plain, int rotated, int value, DType cache) {
    var settings =
        new LatentAttention.Settings(
            DIM, heads, Optional.of(40), rank, plain, rotated, value, 0.1, Linear.Bias.NONE);
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(heads * 1000L + rank)) {
      RandomParameters p = new RandomParameters(rng);
      compare(rng, LatentAttention.of(settings, p, rotary(rotated)), new Rounding(cache, rank));
    }
  }

  private static RotaryEmbedding rotary(int width) {
    return new RotaryEmbedding(width, 100, new RopeScaling.None(), RotaryEmbedding.Layout.HALVES);
  }

  private static <A extends Module & Attention> void compare(Rng rng, A layer, Rounding rounding) {
    Tensor table = Tensor.randn(rng, VOCABULARY, DIM);
    try (PlannedSteps planned = planned(layer, table, rounding.type());
        KvCache one = new KvCache(1, 128);
        KvCache two = new KvCache(1, 128);
        KvCache sameOne = new KvCache(1, 128);
        KvCache sameTwo = new KvCache(1, 128)) {
      for (int length : CALLS) {
        int[] first = ids(rng, length);
        int[] second = ids(rng, length % 3 + 1);
        Tensor want =
            byLayer(
                layer,
                table,
                List.of(new Span(sameOne, first, 1), new Span(sameTwo, second, 1)),
                rounding);
        compare(planned.all(one, first), want.narrow(0, 0, first.length), rounding.type());
        Tensor other = want.narrow(0, first.length, second.length);
        compare(planned.all(two, second), other, rounding.type());
      }
    }
    layer.close();
  }

  private static void compare(Tensor got, Tensor want, DType type) {
    Tensor off = got.sub(want).abs();
    if (type == DType.FLOAT32) {
      assertThat(off.max().item()).isLessThan(2e-5 * want.abs().max().item());
    } else {
      // A value between two steps may be rounded to either.
      assertThat(off.mean().item()).isLessThan(1e-3 * want.abs().mean().item());
    }
  }

  private static int[] ids(Rng rng, int count) {
    return Tensor.rand(rng, count).mul(Tensor.scalar((long) VOCABULARY)).to(DType.INT64).toInts();
  }

  private static PlannedSteps planned(Attention layer, Tensor table, DType cacheType) {
    try (PlanBuilder plan = new PlanBuilder(60, 16, cacheType)) {
      Weight rows = new Weight.Plain(table);
      PlanBuilder.Values x = plan.embedding(rows, 1);
      layer.plan(plan, plan.asIs(x)).addTo(plan, x);
      Weight same = new Weight.Plain(unit());
      PlanBuilder.Input picked = plan.asIs(plan.pick(x));
      return new PlannedSteps(
          plan.build(plan.product(picked, new PlanBuilder.Projection(same, Optional.empty()))),
          VOCABULARY);
    }
  }

  private static Tensor unit() {
    float[] ones = new float[DIM * DIM];
    for (int i = 0; i < DIM; i++) {
      ones[i * DIM + i] = 1;
    }
    return Tensor.of(ones, DIM, DIM);
  }

  /**
   * The layer on both sequences at once, [tokens, D]; keys and values are rounded as the cache
   * rounds them.
   */
  private static Tensor byLayer(
      Attention layer, Tensor table, List<Span> spans, Rounding rounding) {
    long[] ids = spans.stream().flatMapToInt(s -> Arrays.stream(s.ids())).asLongStream().toArray();
    Tensor x = table.embedding(Tensor.of(ids, 1, ids.length));
    try (Step step = Step.after(spans, Device.CPU)) {
      LayerCache kept =
          (part, slot, rows) -> step.layer(0).append(part, slot, rounding.of(slot, rows));
      Tensor y = x.add(layer.forward(x, step, kept));
      spans.forEach(span -> span.cache().advance(span.ids().length));
      return y.squeeze(0);
    }
  }

  /**
   * What a cache makes of rows.
   *
   * @param rank values in a row of latents; a key follows them
   */
  private record Rounding(DType type, int rank) {
    Tensor of(LayerCache.Slot slot, Tensor rows) {
      if (type != DType.INT8) {
        return rows.to(type).to(DType.FLOAT32);
      }
      float[] x = rows.toFloats();
      int width = (int) rows.size(-1);
      int values =
          switch (slot) {
            case KEY -> 0;
            case VALUE -> width;
            case LATENT -> rank;
          };
      for (int row = 0; row < x.length; row += width) {
        round(x, row, row + values, 127);
        round(x, row + values, row + width, 255);
      }
      return Tensor.of(x, rows.shape());
    }

    private static void round(float[] x, int from, int to, int steps) {
      spread(x, from, to);
      for (int group = from; group < to; group += GROUP) {
        roundGroup(x, group, Math.min(group + GROUP, to), steps);
      }
      spread(x, from, to);
    }

    /** Each 32 values times a Hadamard matrix, and the rest by the powers of two in it. */
    private static void spread(float[] x, int from, int to) {
      for (int at = from; at < to; ) {
        int count = Math.min(GROUP, Integer.highestOneBit(to - at));
        double[] given = new double[count];
        for (int i = 0; i < count; i++) {
          given[i] = x[at + i] / Math.sqrt(count);
        }
        for (int i = 0; i < count; i++) {
          double sum = 0;
          for (int j = 0; j < count; j++) {
            sum += Integer.bitCount(i & j) % 2 == 0 ? given[j] : -given[j];
          }
          x[at + i] = (float) sum;
        }
        at += count;
      }
    }

    private static void roundGroup(float[] x, int from, int to, int steps) {
      float most = 0;
      for (int i = from; i < to; i++) {
        most = Math.max(most, Math.abs(x[i]));
      }
      float scale = Float.float16ToFloat(Float.floatToFloat16(most / steps));
      for (int i = from; i < to; i++) {
        x[i] = Math.clamp((float) Math.rint(x[i] * (1 / scale)), -steps, steps) * scale;
      }
    }
  }
}
