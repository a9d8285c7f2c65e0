package deepseek.devices.ops;

import deepseek.devices.ir.Expr;

/**
 * The memory layout of a quantised matrix: 16 rows are interleaved, so that adjacent items, or the
 * lanes of one, read adjacent words.
 *
 * <p>A block has 16 rows and 64 columns: lines of 16 words, one word per row, each with {@code
 * perWord} consecutive columns; then one line of float16 scales, 16 for the columns 0 to 31 and 16
 * for 32 to 63. Blocks of the same rows are contiguous. A number is scale·(stored - zero).
 *
 * <ul>
 *   <li>int4: 8 columns per word, c and c + 4 in the low and high half of byte c; zero is 8
 *   <li>int8: 4 columns per word, c in byte c; zero is 128
 * </ul>
 */
public enum QuantisedLayout {
  INT4(8, 4, 8),
  INT8(4, 8, 128);

  /** Rows of a block. */
  public static final int ROWS = 16;

  /** Columns of a block. */
  public static final int COLUMNS = 64;

  /** Columns that share a scale. */
  public static final int GROUP = 32;

  private final int perWord;
  private final int bits;
  private final int zero;

  QuantisedLayout(int perWord, int bits, int zero) {
    this.perWord = perWord;
    this.bits = bits;
    this.zero = zero;
  }

  /** Columns of one word. */
  public int perWord() {
    return perWord;
  }

  /** The zero point: the stored integer that represents 0. */
  public int zero() {
    return zero;
  }

  /** Words of a row in a block that hold one scale's columns. */
  public int wordsPerGroup() {
    return GROUP / perWord;
  }

  /** Words of a block. */
  public int blockWords() {
    return ROWS * COLUMNS / perWord + ROWS;
  }

  /** Words of a matrix, with rows padded to whole blocks. */
  public long words(int rows, int columns) {
    return (rows + (ROWS - 1L)) / ROWS * (columns / COLUMNS) * blockWords();
  }

  /** The bit at which column {@code c} of a word begins. */
  public int shift(int c) {
    return this == INT4 ? c % 4 * 8 + c / 4 * 4 : c * 8;
  }

  /** Column {@code c} of {@code word}, minus the zero point. */
  Expr number(Expr word, int c) {
    return word.bits(shift(c), bits).toInt().minus(zero).toFloat();
  }

  /** The word of a block at {@code block} that has line {@code line} of row {@code row}. */
  Expr line(Expr block, Expr line, Expr row) {
    return block.plus(line.times(ROWS)).plus(row);
  }

  /** The word of a block that has the scale of {@code row} for {@code group}, 0 or 1. */
  Expr scaleWord(Expr block, Expr group, Expr row) {
    int scales = ROWS * COLUMNS / perWord;
    return block.plus(scales).plus(group.times(ROWS / 2)).plus(row.shiftRight(1));
  }
}
