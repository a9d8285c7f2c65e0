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
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * y[N] = W[N, K]·x[K] for quantised W in {@link QuantisedLayout}; K is a multiple of 64.
 *
 * <p>A group computes 16 rows: in parallel, with several items per row, or by one item with the
 * rows in its vector lanes.
 *
 * <p>W may be block-sparse: its nonzero blocks of 16 rows and 64 columns are stored contiguously,
 * those of group g from {@code starts[g]} to {@code starts[g + 1]}, with block b at block column
 * {@code places[b]}; or y may be masked, 0 where {@code wanted[g]} is 0.
 */
public final class QuantisedGemv {
  private static final int ROWS = QuantisedLayout.ROWS;

  private final KernelBuilder k;
  private final QuantisedLayout layout;
  private final Buffer w;
  private final Buffer x;
  private final Buffer y;
  private final Expr rows;
  private final Blocks blocks;

  /** The blocks that a group multiplies: their range, their index in W, and their block column. */
  private record Blocks(Expr from, Expr to, UnaryOperator<Expr> number, UnaryOperator<Expr> place) {
    /** One of {@code teams} shares of the blocks. */
    Range share(Expr team, int teams) {
      Expr first = from.equals(Expr.of(0)) ? team : from.plus(team);
      return Range.of(first, to).step(teams);
    }

    Range all() {
      return Range.of(from, to);
    }
  }

  private enum Kept {
    ALL("_gemv"),
    STORED("_block_sparse_gemv"),
    WANTED("_masked_gemv");

    private final String suffix;

    Kept(String suffix) {
      this.suffix = suffix;
    }
  }

  private QuantisedGemv(KernelBuilder k, QuantisedLayout layout, Kept kept, int width) {
    this.k = k;
    this.layout = layout;
    w = k.input("w", U32);
    x = k.input("x", F32);
    Function<Expr, Blocks> laidOut =
        switch (kept) {
          case ALL -> this::all;
          case STORED -> stored(k.input("starts", I32), k.input("places", I32));
          case WANTED -> wanted(k.input("wanted", I32));
        };
    y = k.output("y", F32);
    rows = k.intParam("rows");
    Expr columns = kept == Kept.STORED ? Expr.of(0) : k.intParam("columns");
    k.groups(width, rows.piecesOf(ROWS));
    blocks = laidOut.apply(columns);
  }

  private Expr across(Expr columns) {
    return k.let("blocks", columns.over(QuantisedLayout.COLUMNS));
  }

  private Blocks all(Expr columns) {
    Expr count = across(columns);
    return new Blocks(
        Expr.of(0), count, b -> k.group().times(count).plus(b), UnaryOperator.identity());
  }

  private Function<Expr, Blocks> wanted(Buffer active) {
    return columns -> {
      Blocks all = all(columns);
      Expr count = k.let("count", active.at(k.group()).equalTo(0).choose(Expr.of(0), all.to()));
      return new Blocks(all.from(), count, all.number(), all.place());
    };
  }

  private Function<Expr, Blocks> stored(Buffer starts, Buffer places) {
    return columns ->
        new Blocks(
            k.let("from", starts.at(k.group())),
            k.let("to", starts.at(k.group().plus(1))),
            UnaryOperator.identity(),
            b -> k.let("place", places.at(b)));
  }

  /** For a dense W in {@link QuantisedLayout#INT4}, in groups of about {@code width} items. */
  public static Kernel int4(int width) {
    return of(QuantisedLayout.INT4, Kept.ALL, width);
  }

  /** For a dense W in {@link QuantisedLayout#INT8}, in groups of about {@code width} items. */
  public static Kernel int8(int width) {
    return of(QuantisedLayout.INT8, Kept.ALL, width);
  }

  /** For a block-sparse W. */
  public static Kernel blockSparse(QuantisedLayout layout, int width) {
    return of(layout, Kept.STORED, width);
  }

  /** With a mask over blocks of 16 outputs. */
  public static Kernel masked(QuantisedLayout layout, int width) {
    return of(layout, Kept.WANTED, width);
  }

  private static Kernel of(QuantisedLayout layout, Kept kept, int width) {
    String name = layout.name().toLowerCase(Locale.ROOT) + kept.suffix;
    int slices = width / ROWS;
    return slices == 0
        ? Kernel.describe(name, k -> new QuantisedGemv(k, layout, kept, 1).rowsInLanes())
        : Kernel.describe(
            name, k -> new QuantisedGemv(k, layout, kept, slices * ROWS).rowsInItems(slices));
  }

  private void rowsInItems(int slices) {
    Array parts = k.shared("parts", F32, slices * ROWS);
    Expr lane = k.let("lane", k.local().remainder(ROWS));
    Expr.Variable sum = k.let("sum", Expr.of(0f));
    k.loop(
        "b",
        blocks.share(k.local().over(ROWS), slices),
        b -> {
          Expr block = block(b);
          Expr place = blocks.place().apply(b);
          eachGroup(
              group -> {
                Expr.Variable dot = k.let("inner", Expr.of(0f));
                eachLine(group, line -> addWord(dot, block, line, lane, place));
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
        blocks.all(),
        b -> {
          Expr block = block(b);
          Expr place = blocks.place().apply(b);
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
                              addWord(dot, block, line, lane, place);
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
    return k.let("block", blocks.number().apply(b).times(layout.blockWords()));
  }

  private void eachGroup(Consumer<Expr> body) {
    k.unrolled("part", Range.to(2), 2, body);
  }

  private void eachLine(Expr group, Consumer<Expr> body) {
    int lines = layout.wordsPerGroup();
    k.unrolled("line", Range.to(lines), lines, line -> body.accept(group.times(lines).plus(line)));
  }

  /** Adds the products of a word's numbers and their elements of x. */
  private void addWord(Expr.Variable dot, Expr block, Expr line, Expr lane, Expr place) {
    Expr word = k.let("word", w.at(layout.line(block, line, lane)));
    Expr first = place.times(QuantisedLayout.COLUMNS).plus(line.times(layout.perWord()));
    // Two dependency chains per word: the latency of dependent additions dominates.
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
