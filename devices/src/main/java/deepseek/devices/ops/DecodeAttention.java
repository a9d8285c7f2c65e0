package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory.Array;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;
import deepseek.kernel.KernelException;
import java.util.function.BiConsumer;

/**
 * y[N, H] = softmax(q·Kᵀ·scale)·V for one new token: q[N, H], keys and values [L, G, H]; query head
 * n attends to key head n / (N / G). N query heads, G key heads, L cached tokens, H head size.
 *
 * <p>One group per head passes over the tokens once, in tiles, and rescales its sums when a larger
 * score appears: Milakov, Gimelshein, "Online normalizer calculation for softmax", 2018.
 */
public final class DecodeAttention {
  private static final int TILE = 64;

  private final KernelBuilder k;
  private final int headSize;
  private final int width;
  private final Buffer q;
  private final Buffer keys;
  private final Buffer values;
  private final Buffer y;
  private final Expr keyHeads;
  private final Expr perKeyHead;
  private final Expr length;
  private final Expr scale;

  private DecodeAttention(KernelBuilder k, int headSize, int width) {
    this.k = k;
    this.headSize = headSize;
    this.width = width;
    q = k.input("q", F32);
    keys = k.input("keys", F32);
    values = k.input("values", F32);
    y = k.output("y", F32);
    keyHeads = k.intParam("key_heads");
    perKeyHead = k.intParam("per_key_head");
    length = k.intParam("tokens");
    scale = k.floatParam("scale");
  }

  /** For heads of {@code headSize}, best a multiple of {@code width}. */
  public static Kernel ofHeads(int headSize, int width) {
    if (headSize < 1 || headSize > 256) {
      throw new KernelException(
          "describe decode_attention",
          "a head size of 1 to 256",
          String.valueOf(headSize),
          "split the heads");
    }
    return Kernel.describe(
        "decode_attention", k -> new DecodeAttention(k, headSize, width).describe());
  }

  private void describe() {
    k.groups(width, keyHeads.times(perKeyHead));
    Array scores = k.shared("scores", F32, TILE);
    Array weights = k.shared("weights", F32, TILE);
    int perItem = (headSize + width - 1) / width;
    Array sums = k.registers("sums", F32, perItem);
    Expr query = k.let("query", k.group().times(headSize));
    Expr stride = k.let("stride", keyHeads.times(headSize));
    Expr head = k.let("head", k.group().over(perKeyHead).times(headSize));
    Expr.Variable most = k.let("most", Expr.of(-Float.MAX_VALUE));
    Expr.Variable total = k.let("total", Expr.of(0f));
    k.vectorised("i", Range.to(perItem), i -> k.store(sums, i, Expr.of(0f)));
    k.loop(
        "tile",
        Range.to(length).step(TILE),
        tile -> {
          Expr tokens = k.let("inTile", length.minus(tile).min(Expr.of(TILE)));
          Expr first = k.let("first", tile.times(stride).plus(head));
          Expr tileMost = score(scores, tokens, first, stride, query);
          Expr larger = k.let("larger", most.max(tileMost));
          Expr shrink = k.let("shrink", most.minus(larger).exp());
          k.assign(most, larger);
          Expr.Variable part = k.let("part", Expr.of(0f));
          k.vectorised(
              "t",
              k.share(tokens),
              t -> {
                Expr weight = k.let("weight", scores.at(t).minus(larger).exp());
                k.store(weights, t, weight);
                k.add(part, weight);
              });
          k.assign(total, Expr.fma(total, shrink, k.groupSum("tileTotal", part)));
          gather(sums, weights, tokens, first, stride, shrink);
          k.barrier();
        });
    eachElement(perItem, (i, d) -> k.store(y, query.plus(d), sums.at(i).over(total)));
  }

  /** Stores the tile's scores and returns the largest. */
  private Expr score(Array scores, Expr tokens, Expr first, Expr stride, Expr query) {
    Expr.Variable mine = k.let("mine", Expr.of(-Float.MAX_VALUE));
    k.loop(
        "t",
        k.share(tokens),
        t -> {
          Expr key = k.let("key", t.times(stride).plus(first));
          Expr dot =
              k.dot(
                  "product",
                  Range.to(headSize),
                  i -> q.at(query.plus(i)),
                  i -> keys.at(key.plus(i)));
          Expr scaled = k.let("scaled", dot.times(scale));
          k.store(scores, t, scaled);
          k.assign(mine, mine.max(scaled));
        });
    return k.groupMax("tileMost", mine);
  }

  private void gather(
      Array sums, Array weights, Expr tokens, Expr first, Expr stride, Expr shrink) {
    eachElement(sums.size(), (i, d) -> k.store(sums, i, sums.at(i).times(shrink)));
    k.loop(
        "t",
        Range.to(tokens),
        t -> {
          Expr value = k.let("value", t.times(stride).plus(first));
          Expr weight = k.let("share", weights.at(t));
          eachElement(
              sums.size(),
              (i, d) -> k.store(sums, i, Expr.fma(weight, values.at(value.plus(d)), sums.at(i))));
        });
  }

  /** Runs {@code body} for this item's elements of the head: its i-th one is element d. */
  private void eachElement(int count, BiConsumer<Expr, Expr> body) {
    k.vectorised(
        "i",
        Range.to(count),
        i -> {
          Expr d = i.times(width).plus(k.local());
          if (headSize % width == 0) {
            body.accept(i, d);
          } else {
            k.when(d.less(headSize), () -> body.accept(i, d));
          }
        });
  }
}
