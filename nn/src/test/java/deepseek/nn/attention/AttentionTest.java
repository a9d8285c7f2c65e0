package deepseek.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.Gradients;
import deepseek.nn.Linear;
import deepseek.nn.NnException;
import deepseek.nn.RandomParameters;
import deepseek.nn.RmsNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both kinds of attention against a plain composition, whole and token by token. */
@ExtendWith(LeakCheck.class)
class AttentionTest {
  private static final int DIM = 10;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void groupedAttentionIsPlainAttention(long seed) {
    Random random = new Random(seed);
    int keys = 1 + random.nextInt(3);
    int group = 1 + random.nextInt(3);
    int headDim = 2 * (1 + random.nextInt(4));
    int length = 2 + random.nextInt(6);
    int window = random.nextBoolean() ? 1 + random.nextInt(length) : 0;
    var settings =
        GroupedAttention.Settings.of(DIM, keys * group, keys, headDim)
            .withScale(0.3)
            .withWindow(window)
            .withBiases(Linear.Bias.ADDED, Linear.Bias.ADDED)
            .withHeadNorm(new GroupedAttention.HeadNorm(1e-5, RmsNorm.Form.FACTOR));
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed);
        Step step = Step.whole(length, Device.CPU)) {
      RandomParameters p = new RandomParameters(rng);
      var layer = GroupedAttention.of(settings, p, rotary(headDim, layout(seed)));
      Tensor x = Tensor.randn(rng, 2, length, DIM).withGrad();
      Gradients.assertSame(
          rng,
          leaves(p, x),
          () -> layer.forward(x, step, LayerCache.NONE),
          () -> plainGrouped(settings, p, layout(seed), x));
    }
  }

  private static Tensor plainGrouped(
      GroupedAttention.Settings s, RandomParameters p, RotaryEmbedding.Layout layout, Tensor x) {
    Tensor q = heads(affine(p, "q_proj", x), s.numHeads());
    Tensor k = heads(affine(p, "k_proj", x), s.numKeyValueHeads());
    Tensor v = heads(affine(p, "v_proj", x), s.numKeyValueHeads());
    q = rotated(normed(q).mul(p.get("q_norm.weight", s.headDim())), layout);
    k = rotated(normed(k).mul(p.get("k_norm.weight", s.headDim())), layout);
    int group = s.numHeads() / s.numKeyValueHeads();
    k = k.repeatInterleave(group, 1);
    v = v.repeatInterleave(group, 1);
    return affine(p, "o_proj", joined(plainAttention(q, k, v, s.scale(), s.window())));
  }

  private static Tensor plainAttention(Tensor q, Tensor k, Tensor v, double scale, int window) {
    int length = (int) q.size(2);
    boolean[] hidden = new boolean[length * length];
    for (int i = 0; i < length; i++) {
      for (int j = 0; j < length; j++) {
        hidden[i * length + j] = j > i || (window > 0 && j <= i - window);
      }
    }
    Tensor scores = q.matmul(k.transpose(-1, -2)).mul(scale);
    return scores
        .maskedFill(Tensor.of(hidden, length, length), Double.NEGATIVE_INFINITY)
        .softmax(-1)
        .matmul(v);
  }

  /** Rotation by the definition: pair i of H / 2 rotates by position * 100^(-2 i / H). */
  private static Tensor rotated(Tensor x, RotaryEmbedding.Layout layout) {
    int length = (int) x.size(2);
    int dim = (int) x.size(3);
    List<Tensor> columns = new ArrayList<>();
    for (int c = 0; c < dim; c++) {
      boolean halves = layout == RotaryEmbedding.Layout.HALVES;
      int pair = halves ? c % (dim / 2) : c / 2;
      boolean first = halves ? c < dim / 2 : c % 2 == 0;
      int partner = halves ? (c + dim / 2) % dim : c ^ 1;
      float[] cos = new float[length];
      float[] sin = new float[length];
      for (int t = 0; t < length; t++) {
        double angle = t * Math.pow(100, -2.0 * pair / dim);
        cos[t] = (float) Math.cos(angle);
        sin[t] = (float) (first ? -Math.sin(angle) : Math.sin(angle));
      }
      columns.add(
          x.select(-1, c).mul(Tensor.of(cos)).add(x.select(-1, partner).mul(Tensor.of(sin))));
    }
    return Tensor.stack(columns, -1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void latentAttentionIsPlainAttention(long seed) {
    Random random = new Random(seed);
    var settings = latent(random, 1 + random.nextInt(3));
    int length = 2 + random.nextInt(5);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed);
        Step step = Step.whole(length, Device.CPU)) {
      RandomParameters p = new RandomParameters(rng);
      var layer = LatentAttention.of(settings, p, rotary(settings.rotaryDim(), layout(seed)));
      Tensor x = Tensor.randn(rng, 2, length, DIM).withGrad();
      Gradients.assertSame(
          rng,
          leaves(p, x),
          () -> layer.forward(x, step, LayerCache.NONE),
          () -> plainLatent(settings, p, layout(seed), x));
    }
  }

  private static LatentAttention.Settings latent(Random random, int heads) {
    return new LatentAttention.Settings(
        DIM,
        heads,
        random.nextBoolean() ? Optional.of(5) : Optional.empty(),
        /* rank= */ 3 + random.nextInt(4),
        /* plainDim= */ 2 + random.nextInt(4),
        /* rotaryDim= */ 2 * (1 + random.nextInt(2)),
        /* valueDim= */ 2 + random.nextInt(9),
        0.4,
        Linear.Bias.NONE);
  }

  private static Tensor plainLatent(
      LatentAttention.Settings s, RandomParameters p, RotaryEmbedding.Layout layout, Tensor x) {
    Tensor q =
        s.queryRank().isEmpty()
            ? affine(p, "q_proj", x)
            : affine(
                p,
                "q_b_proj",
                normed(affine(p, "q_a_proj", x)).mul(p.get("q_a_layernorm.weight", 5)));
    List<Tensor> qParts = heads(q, s.numHeads()).split(-1, s.plainDim(), s.rotaryDim());
    List<Tensor> down = affine(p, "kv_a_proj_with_mqa", x).split(-1, s.rank(), s.rotaryDim());
    Tensor latent = normed(down.get(0)).mul(p.get("kv_a_layernorm.weight", s.rank()));
    List<Tensor> kv =
        heads(affine(p, "kv_b_proj", latent), s.numHeads()).split(-1, s.plainDim(), s.valueDim());
    Tensor rotatedKey = rotated(down.get(1).unsqueeze(1), layout).repeat(1, s.numHeads(), 1, 1);
    Tensor query = Tensor.cat(List.of(qParts.get(0), rotated(qParts.get(1), layout)), -1);
    Tensor key = Tensor.cat(List.of(kv.get(0), rotatedKey), -1);
    return affine(p, "o_proj", joined(plainAttention(query, key, kv.get(1), s.scale(), 0)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void oneTokenByAbsorptionIsWhatTheWholeTextGives(long seed) {
    Random random = new Random(seed);
    var settings = latent(random, 1 + random.nextInt(4));
    int length = 3 + random.nextInt(5);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed);
        KvCache cache = new KvCache(1, length);
        KvCache other = new KvCache(1, length)) {
      RandomParameters p = new RandomParameters(rng);
      var layer = LatentAttention.of(settings, p, rotary(settings.rotaryDim(), layout(seed)));
      Tensor x = Tensor.randn(rng, 1, length, DIM);
      Tensor whole = pass(layer, x, cache);
      List<Tensor> steps = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        steps.add(pass(layer, x.narrow(1, t, 1), other));
      }
      assertThat(Tensor.cat(steps, 1).sub(whole).abs().max().item()).isCloseTo(0, within(1e-5));
    }
  }

  private static Tensor pass(Attention layer, Tensor x, KvCache cache) {
    int length = (int) x.size(1);
    try (Step step = Step.after(cache, length, Device.CPU)) {
      Tensor y = layer.forward(x, step, step.layer(0));
      cache.advance(length);
      return y;
    }
  }

  @Test
  void aLatentCacheHoldsTheLatentAndOneRotaryKey() {
    List<long[]> kept = new ArrayList<>();
    LayerCache watched =
        (part, slot, tokens) -> {
          kept.add(tokens.shape());
          return tokens;
        };
    var settings =
        new LatentAttention.Settings(DIM, 4, Optional.empty(), 6, 8, 2, 8, 0.3, Linear.Bias.NONE);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(1);
        Step step = Step.whole(3, Device.CPU)) {
      var layer =
          LatentAttention.of(
              settings, new RandomParameters(rng), rotary(2, RotaryEmbedding.Layout.PAIRS));
      layer.forward(Tensor.randn(rng, 2, 3, DIM), step, watched);
    }
    assertThat(kept).singleElement().isEqualTo(new long[] {2, 1, 3, 6 + 2});
  }

  @Test
  void aFullCacheSaysHowMuchItHolds() {
    try (KvCache cache = new KvCache(1, 4)) {
      assertThatThrownBy(() -> Step.after(cache, 5, Device.CPU))
          .isInstanceOf(NnException.class)
          .hasMessage(
              "run decoder: expected at most 4 tokens in all, got 0 seen and 5 new; "
                  + "shorten the prompt or ask for fewer new tokens");
    }
  }

  @Test
  void aTruncatedCacheGoesOnFromThere() {
    var settings = GroupedAttention.Settings.of(DIM, 2, 1, 4);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(5);
        KvCache cache = new KvCache(1, 600)) {
      var layer =
          GroupedAttention.of(
              settings, new RandomParameters(rng), rotary(4, RotaryEmbedding.Layout.HALVES));
      Tensor x = Tensor.randn(rng, 1, 500, DIM);
      Tensor whole = pass(layer, x, cache);
      cache.truncate(7);
      Tensor again = pass(layer, x.narrow(1, 7, 300), cache);
      assertThat(again.sub(whole.narrow(1, 7, 300)).abs().max().item()).isCloseTo(0, within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void attentionKeepsTheTypeItIsGiven(DType dtype) {
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(5);
        Step step = Step.whole(3, Device.CPU)) {
      Tensor q = Tensor.randn(rng, 1, 4, 3, 8).to(dtype);
      Tensor kv = Tensor.randn(rng, 1, 2, 3, 8).to(dtype);
      Tensor seen = step.byPart((part, rows) -> part.attend(q, kv, kv, 1, 0), q);
      assertThat(seen.dtype()).isEqualTo(dtype);
    }
  }

  private static RotaryEmbedding.Layout layout(long seed) {
    return seed % 2 == 0 ? RotaryEmbedding.Layout.HALVES : RotaryEmbedding.Layout.PAIRS;
  }

  private static RotaryEmbedding rotary(int dim, RotaryEmbedding.Layout layout) {
    return new RotaryEmbedding(dim, 100, new RopeScaling.None(), layout);
  }

  private static List<Tensor> leaves(RandomParameters p, Tensor x) {
    List<Tensor> leaves = new ArrayList<>(p.made().values());
    leaves.add(x);
    return leaves;
  }

  private static Tensor affine(RandomParameters p, String name, Tensor x) {
    Tensor y = x.matmul(p.known(name + ".weight").transpose(0, 1));
    return p.made().containsKey(name + ".bias") ? y.add(p.known(name + ".bias")) : y;
  }

  private static Tensor normed(Tensor x) {
    return x.mul(x.mul(x).meanKeepDim(-1).add(1e-5).rsqrt());
  }

  private static Tensor heads(Tensor x, int count) {
    return x.reshape(x.size(0), x.size(1), count, -1).transpose(1, 2);
  }

  private static Tensor joined(Tensor x) {
    return x.transpose(1, 2).reshape(x.size(0), x.size(2), -1);
  }
}
