package deepseek.store.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Properties;

/** The codebooks of the IQ types: each entry has 8 values (4 in IQ3). */
final class Codebook {
  private static final Properties PACKED = packed();

  static final float[] IQ2_XXS = unpack("IQ2_XXS", 2, 0x08, 0x19, 0x2b);
  static final float[] IQ2_XS = unpack("IQ2_XS", 2, 0x08, 0x19, 0x2b);
  static final float[] IQ2_S = unpack("IQ2_S", 2, 0x08, 0x19, 0x2b);
  static final float[] IQ3_XXS = unpack("IQ3_XXS", 4, 4, 12, 20, 28, 36, 44, 52, 62);
  static final float[] IQ3_S = unpack("IQ3_S", 4, 1, 3, 5, 7, 9, 11, 13, 15);
  static final float[] IQ1 = unpack("IQ1_S", 2, -1, 0, 1);

  private Codebook() {}

  /** Eight sign bits from seven stored ones; the eighth makes their number even. */
  static int signs(int stored) {
    int seven = stored & 127;
    return seven | ((Integer.bitCount(seven) & 1) << 7);
  }

  private static float[] unpack(String name, int bits, float... values) {
    byte[] bytes = HexFormat.of().parseHex(PACKED.getProperty(name));
    int perByte = Byte.SIZE / bits;
    float[] grid = new float[bytes.length * perByte];
    for (int i = 0; i < grid.length; i++) {
      int index = Bits.field(bytes[i / perByte], i % perByte * bits, bits);
      grid[i] = values[index];
    }
    return grid;
  }

  private static Properties packed() {
    Properties properties = new Properties();
    try (InputStream in =
        Objects.requireNonNull(Codebook.class.getResourceAsStream("grids.properties"))) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
