package deepseek.kernel.ops;

import static deepseek.kernel.ir.ScalarType.F32;
import static deepseek.kernel.ir.ScalarType.U32;

import deepseek.kernel.ir.Expr;
import deepseek.kernel.ir.Kernel;
import deepseek.kernel.ir.KernelBuilder;
import deepseek.kernel.ir.Memory.Array;
import deepseek.kernel.ir.Memory.Buffer;
import deepseek.kernel.ir.Range;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * y[N] = W[N, K]·x[K] for quantised W in {@link QuantisedLayout}; K is a multiple of 64.
 *
 * <p>A group does 16 rows: side by side, several items a row, or by one item with the rows in its
 * vector lanes.
 */
public final class QuantisedGemv {
  private static final int ROWS = QuantisedLayout.ROWS;

  private final KernelBuilder k;
  private final QuantisedLayout layout;
  private final Buffer w;
  private final Buffer x;
  private final Buffer y;
  private final Expr rows;
  private final Expr blocks;

  private QuantisedGemv(KernelBuilder k, QuantisedLayout layout, int width) {
    this.k = k;
    this.layout = layout;
    w = k.input("w", U32);
    x = k.input("x", F32);
    y = k.output("y", F32);
    rows = k.intParam("rows");
    Expr columns = k.intParam("columns");
    k.groups(width, rows.piecesOf(ROWS));
    blocks = k.let("blocks", columns.over(QuantisedLayout.COLUMNS));
  }

  public static Kernel int4(int width) {
    return of(QuantisedLayout.INT4, width);
  }

  public static Kernel int8(int width) {
    return of(QuantisedLayout.INT8, width);
  }

  private static Kernel of(QuantisedLayout layout, int width) {
    String name = layout.name().toLowerCase(Locale.ROOT) + "_gemv";
    int slices = width / ROWS;
    return slices == 0
        ? Kernel.describe(name, k -> new QuantisedGemv(k, layout, 1).rowsInLanes())
        : Kernel.describe(
            name, k -> new QuantisedGemv(k, layout, slices * ROWS).rowsInItems(slices));
  }

  private void rowsInItems(int slices) {
    Array parts = k.shared("parts", F32, slices * ROWS);
    Expr lane = k.let("lane", k.local().remainder(ROWS));
    Expr.Variable sum = k.let("sum", Expr.of(0f));
    k.loop(
        "b",
        Range.of(k.local().over(ROWS), blocks).step(slices),
        b -> {
          Expr block = block(b);
          eachGroup(
              group -> {
                Expr.Variable dot = k.let("inner", Expr.of(0f));
                eachLine(group, line -> addWord(dot, block, line, lane, b));
                k.addProduct(sum, scale(block, group, lane), dot);
              });
        });
    k.store(parts, k.local(), sum);
    k.barrier();
    Expr row = k.let("row", k.group().times(ROWS).plus(k.local()));
    k.when(
        k.local().less(ROWS).and(row.less(rows)),
        () -> {
          Expr.Variable total = k.let("total", parts.at(k.local()));
          k.unrolled(
              "slice",
              Range.of(Expr.of(1), Expr.of(slices)),
              Math.max(slices, 2),
              slice -> k.add(total, parts.at(slice.times(ROWS).plus(k.local()))));
          k.store(y, row, total);
        });
  }

  private void rowsInLanes() {
    Array sums = k.registers("sums", F32, ROWS);
    Array dots = k.registers("dots", F32, ROWS);
    k.vectorised("lane", Range.to(ROWS), lane -> k.store(sums, lane, Expr.of(0f)));
    k.loop(
        "b",
        Range.to(blocks),
        b -> {
          Expr block = block(b);
          eachGroup(
              group -> {
                k.vectorised("lane", Range.to(ROWS), lane -> k.store(dots, lane, Expr.of(0f)));
                eachLine(
                    group,
                    line ->
                        k.vectorised(
                            "lane",
                            Range.to(ROWS),
                            lane -> {
                              Expr.Variable dot = k.let("inner", dots.at(lane));
                              addWord(dot, block, line, lane, b);
                              k.store(dots, lane, dot);
                            }));
                k.vectorised(
                    "lane",
                    Range.to(ROWS),
                    lane ->
                        k.store(
                            sums,
                            lane,
                            Expr.fma(scale(block, group, lane), dots.at(lane), sums.at(lane))));
              });
        });
    Expr first = k.let("first", k.group().times(ROWS));
    k.loop(
        "lane",
        Range.to(rows.minus(first).min(Expr.of(ROWS))),
        lane -> k.store(y, first.plus(lane), sums.at(lane)));
  }

  private Expr block(Expr b) {
    return k.let("block", k.group().times(blocks).plus(b).times(layout.blockWords()));
  }

  private void eachGroup(Consumer<Expr> body) {
    k.unrolled("part", Range.to(2), 2, body);
  }

  private void eachLine(Expr group, Consumer<Expr> body) {
    int lines = layout.wordsPerGroup();
    k.unrolled("line", Range.to(lines), lines, line -> body.accept(group.times(lines).plus(line)));
  }

  /** Adds a word's numbers, each times its element of x. */
  private void addWord(Expr.Variable dot, Expr block, Expr line, Expr lane, Expr b) {
    Expr word = k.let("word", w.at(layout.line(block, line, lane)));
    Expr first = b.times(QuantisedLayout.COLUMNS).plus(line.times(layout.perWord()));
    // Two chains of its own for each word: additions that wait for each other take most of the
    // time.
    Expr.Variable even = k.let("even", product(word, first, 0));
    Expr.Variable odd = k.let("odd", product(word, first, 1));
    for (int c = 2; c < layout.perWord(); c++) {
      k.addProduct(c % 2 == 0 ? even : odd, layout.number(word, c), x.at(first.plus(c)));
    }
    k.add(dot, even.plus(odd));
  }

  private Expr product(Expr word, Expr first, int c) {
    return layout.number(word, c).times(x.at(first.plus(c)));
  }

  private Expr scale(Expr block, Expr group, Expr lane) {
    return Words.half(
        k, k.let("scales", w.at(layout.scaleWord(block, group, lane))), lane.remainder(2));
  }
}
