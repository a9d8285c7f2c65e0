package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;
import static deepseek.devices.ir.ScalarType.U32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory.Array;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * y[M, N] = x[M, K]·W[N, K]ᵀ for quantised W in {@link QuantisedLayout}; K is a multiple of 64.
 *
 * <p>An item multiplies one row of W by four vectors, so that a weight is unpacked once for all of
 * them.
 */
public final class QuantisedGemm {
  private static final int ROWS = QuantisedLayout.ROWS;
  private static final int VECTORS = 4;

  private final KernelBuilder k;
  private final QuantisedLayout layout;

  private QuantisedGemm(KernelBuilder k, QuantisedLayout layout) {
    this.k = k;
    this.layout = layout;
  }

  /** For {@link QuantisedLayout#INT4}, in groups of about {@code width} items. */
  public static Kernel int4(int width) {
    return of(QuantisedLayout.INT4, width);
  }

  /** For {@link QuantisedLayout#INT8}, in groups of about {@code width} items. */
  public static Kernel int8(int width) {
    return of(QuantisedLayout.INT8, width);
  }

  private static Kernel of(QuantisedLayout layout, int width) {
    String name = layout.name().toLowerCase(Locale.ROOT) + "_gemm";
    return Kernel.describe(
        name, k -> new QuantisedGemm(k, layout).describe(Math.max(1, width / ROWS)));
  }

  private void describe(int teams) {
    Buffer w = k.input("w", U32);
    Buffer x = k.input("x", F32);
    Buffer y = k.output("y", F32);
    Expr m = k.intParam("m");
    Expr rows = k.intParam("rows");
    Expr columns = k.intParam("columns");
    k.tiles(ROWS, teams, rows.piecesOf(ROWS), m.piecesOf(VECTORS * teams));
    Array sums = k.registers("sums", F32, VECTORS);
    Array dots = k.registers("dots", F32, VECTORS);
    Array starts = k.registers("starts", I32, VECTORS);
    Expr blocks = k.let("blocks", columns.over(QuantisedLayout.COLUMNS));
    Expr first = k.let("first", k.item(1).times(VECTORS));
    eachVector(
        v -> {
          k.store(sums, v, Expr.of(0f));
          // Beyond the last vector the last one is computed again, and not stored.
          k.store(starts, v, first.plus(v).min(m.minus(1)).times(columns));
        });
    k.loop(
        "b",
        Range.to(blocks),
        b -> {
          Expr block = k.let("block", k.group().times(blocks).plus(b).times(layout.blockWords()));
          k.unrolled(
              "part",
              Range.to(2),
              2,
              group -> {
                eachVector(v -> k.store(dots, v, Expr.of(0f)));
                k.loop(
                    "line",
                    Range.of(
                        group.times(layout.wordsPerGroup()),
                        group.plus(1).times(layout.wordsPerGroup())),
                    line -> addWord(w, x, dots, starts, block, line, b));
                Expr scales = k.let("scales", w.at(layout.scaleWord(block, group, k.local())));
                Expr scale = k.let("scale", Words.half(k, scales, k.local().remainder(2)));
                eachVector(v -> k.store(sums, v, Expr.fma(scale, dots.at(v), sums.at(v))));
              });
        });
    Expr row = k.let("row", k.item());
    eachVector(
        v ->
            k.when(
                row.less(rows).and(first.plus(v).less(m)),
                () -> k.store(y, first.plus(v).times(rows).plus(row), sums.at(v))));
  }

  private void addWord(
      Buffer w, Buffer x, Array dots, Array starts, Expr block, Expr line, Expr b) {
    Expr word = k.let("word", w.at(layout.line(block, line, k.local())));
    Expr column =
        k.let("column", b.times(QuantisedLayout.COLUMNS).plus(line.times(layout.perWord())));
    for (int c = 0; c < layout.perWord(); c++) {
      int at = c;
      Expr number = k.let("number", layout.number(word, c));
      eachVector(
          v ->
              k.store(
                  dots, v, Expr.fma(number, x.at(starts.at(v).plus(column).plus(at)), dots.at(v))));
    }
  }

  private void eachVector(Consumer<Expr> body) {
    k.unrolled("v", Range.to(VECTORS), VECTORS, body);
  }
}
