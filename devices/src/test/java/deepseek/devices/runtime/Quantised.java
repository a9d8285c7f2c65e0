package deepseek.devices.runtime;

import deepseek.devices.ops.QuantisedLayout;
import java.util.Random;

/**
 * A random quantised matrix: its words, and the numbers that they represent.
 *
 * @param rows of the matrix; the words are padded to whole blocks with other numbers
 */
record Quantised(int rows, int columns, int[] words, double[] numbers) {
  static Quantised random(QuantisedLayout layout, int rows, int columns, Random random) {
    int[] words = new int[Math.toIntExact(layout.words(rows, columns))];
    for (int i = 0; i < words.length; i++) {
      words[i] = random.nextInt();
    }
    double[] numbers = new double[rows * columns];
    int blocks = columns / QuantisedLayout.COLUMNS;
    int padded = Math.ceilDiv(rows, QuantisedLayout.ROWS) * QuantisedLayout.ROWS;
    for (int row = 0; row < padded; row++) {
      for (int group = 0; group < columns / QuantisedLayout.GROUP; group++) {
        int block = (row / QuantisedLayout.ROWS * blocks + group / 2) * layout.blockWords();
        float scale = scale(random);
        setScale(layout, words, block, group % 2, row % QuantisedLayout.ROWS, scale);
        for (int i = 0; i < QuantisedLayout.GROUP && row < rows; i++) {
          int c = group % 2 * QuantisedLayout.GROUP + i;
          int line = c / layout.perWord();
          int word = words[block + line * QuantisedLayout.ROWS + row % QuantisedLayout.ROWS];
          int stored = word >>> layout.shift(c % layout.perWord()) & (2 * layout.zero() - 1);
          int column = group * QuantisedLayout.GROUP + i;
          numbers[row * columns + column] = (double) scale * (stored - layout.zero());
        }
      }
    }
    return new Quantised(rows, columns, words, numbers);
  }

  /** Float16 numbers of all kinds, including zero, negative and subnormal ones. */
  private static float scale(Random random) {
    float scale =
        switch (random.nextInt(8)) {
          case 0 -> 0f;
          case 1 -> -0.01f * random.nextFloat();
          case 2 -> 0x1p-20f * random.nextInt(16);
          default -> 0.001f + 0.01f * random.nextFloat();
        };
    return Float.float16ToFloat(Float.floatToFloat16(scale));
  }

  private static void setScale(
      QuantisedLayout layout, int[] words, int block, int group, int row, float scale) {
    int at =
        block
            + QuantisedLayout.ROWS * QuantisedLayout.COLUMNS / layout.perWord()
            + group * QuantisedLayout.ROWS / 2
            + row / 2;
    int shift = row % 2 * 16;
    int half = Short.toUnsignedInt(Float.floatToFloat16(scale));
    words[at] = (words[at] & ~(0xffff << shift)) | half << shift;
  }

  double at(int row, int column) {
    return numbers[row * columns + column];
  }
}
