package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory.Array;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * c[M, N] = a[M, K]·b[K, N] in float32: a group keeps tiles of a and b in shared memory, an item
 * 4×4 sums of c in registers.
 */
public final class Gemm {
  private static final int SIDE = 16;
  private static final int PER_ITEM = 4;
  private static final int TILE = SIDE * PER_ITEM;

  private final KernelBuilder k;
  private final Expr m;
  private final Expr n;
  private final Expr depth;

  private Gemm(KernelBuilder k) {
    this.k = k;
    m = k.intParam("m");
    n = k.intParam("n");
    depth = k.intParam("depth");
  }

  /** The kernel; parameters m, n and depth are M, N and K. */
  public static Kernel tiled() {
    return Kernel.describe(
        "gemm",
        k -> {
          Buffer a = k.input("a", F32);
          Buffer b = k.input("b", F32);
          Buffer c = k.output("c", F32);
          new Gemm(k).describe(a, b, c);
        });
  }

  private void describe(Buffer a, Buffer b, Buffer c) {
    k.tiles(SIDE, SIDE, n.piecesOf(TILE), m.piecesOf(TILE));
    Array tileA = k.shared("tileA", F32, TILE * SIDE);
    Array tileB = k.shared("tileB", F32, SIDE * TILE);
    Array sums = k.registers("sums", F32, PER_ITEM * PER_ITEM);
    Expr firstRow = k.let("firstRow", k.group(1).times(TILE));
    Expr firstColumn = k.let("firstColumn", k.group(0).times(TILE));
    Expr place = k.let("place", k.local(1).times(SIDE).plus(k.local(0)));
    forSums((i, j) -> k.store(sums, sum(i, j), Expr.of(0f)));
    k.loop(
        "base",
        Range.to(depth).step(SIDE),
        base -> {
          each(
              "part",
              part -> {
                Expr word = k.let("word", part.times(SIDE * SIDE).plus(place));
                Expr row = firstRow.plus(word.over(SIDE));
                Expr depthA = base.plus(word.remainder(SIDE));
                Expr insideA = row.less(m).and(depthA.less(depth));
                k.store(tileA, word, a.atIf(insideA, row.times(depth).plus(depthA)));
                Expr depthB = base.plus(word.over(TILE));
                Expr column = firstColumn.plus(word.remainder(TILE));
                Expr insideB = depthB.less(depth).and(column.less(n));
                k.store(tileB, word, b.atIf(insideB, depthB.times(n).plus(column)));
              });
          k.barrier();
          k.loop("inner", Range.to(SIDE), inner -> multiply(tileA, tileB, sums, inner));
          k.barrier();
        });
    forSums(
        (i, j) -> {
          Expr row = firstRow.plus(i.times(SIDE)).plus(k.local(1));
          Expr column = firstColumn.plus(j.times(SIDE)).plus(k.local(0));
          k.when(
              row.less(m).and(column.less(n)),
              () -> k.store(c, row.times(n).plus(column), sums.at(sum(i, j))));
        });
  }

  private void multiply(Array tileA, Array tileB, Array sums, Expr inner) {
    forSums(
        (i, j) -> {
          Expr a = tileA.at(i.times(SIDE).plus(k.local(1)).times(SIDE).plus(inner));
          Expr b = tileB.at(inner.times(TILE).plus(j.times(SIDE)).plus(k.local(0)));
          k.store(sums, sum(i, j), Expr.fma(a, b, sums.at(sum(i, j))));
        });
  }

  private static Expr sum(Expr i, Expr j) {
    return i.times(PER_ITEM).plus(j);
  }

  private void forSums(BiConsumer<Expr, Expr> body) {
    each("row", i -> each("column", j -> body.accept(i, j)));
  }

  private void each(String index, Consumer<Expr> body) {
    k.unrolled(index, Range.to(PER_ITEM), PER_ITEM, body);
  }
}
