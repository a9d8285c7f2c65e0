package deepseek.store.gguf;

import deepseek.GgmlType;
import deepseek.compute.Halves;
import deepseek.files.DataException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Quantises floats to the types that the writer supports, with the same bytes as llama.cpp's
 * reference.
 */
enum BlockEncoder {
  F32(GgmlType.F32) {
    @Override
    void encode(float[] in, int from, byte[] out, int to) {
      Bits.putInt32(out, to, Float.floatToRawIntBits(in[from]));
    }
  },
  F16(GgmlType.F16) {
    @Override
    void encode(float[] in, int from, byte[] out, int to) {
      Bits.putInt16(out, to, Float.floatToFloat16(in[from]));
    }
  },
  BF16(GgmlType.BF16) {
    @Override
    void encode(float[] in, int from, byte[] out, int to) {
      Bits.putInt16(out, to, Halves.bfloat16(in[from]));
    }
  },
  Q8_0(GgmlType.Q8_0) {
    @Override
    void encode(float[] in, int from, byte[] out, int to) {
      float d = Math.abs(largest(in, from)) / 127;
      float inverse = d == 0 ? 0 : 1 / d;
      Bits.putInt16(out, to, Float.floatToFloat16(d));
      for (int j = 0; j < 32; j++) {
        out[to + 2 + j] = (byte) roundAwayFromZero(in[from + j] * inverse);
      }
    }
  },
  Q4_0(GgmlType.Q4_0) {
    @Override
    void encode(float[] in, int from, byte[] out, int to) {
      // The weight of the largest magnitude becomes exactly -8 steps, regardless of its sign.
      float d = largest(in, from) / -8;
      float inverse = d == 0 ? 0 : 1 / d;
      Bits.putInt16(out, to, Float.floatToFloat16(d));
      for (int j = 0; j < 16; j++) {
        int low = Math.min(15, (int) (in[from + j] * inverse + 8.5f));
        int high = Math.min(15, (int) (in[from + 16 + j] * inverse + 8.5f));
        out[to + 2 + j] = (byte) (low | (high << 4));
      }
    }
  };

  private final GgmlType type;

  BlockEncoder(GgmlType type) {
    this.type = type;
  }

  /** Quantises one block. */
  abstract void encode(float[] in, int from, byte[] out, int to);

  /** Quantises whole blocks from the start of {@code in}. */
  void encodeAll(float[] in, int blocks, byte[] out) {
    for (int block = 0; block < blocks; block++) {
      encode(in, block * type.blockSize(), out, block * type.blockBytes());
    }
  }

  static BlockEncoder of(GgmlType type) {
    Optional<BlockEncoder> found =
        Arrays.stream(values()).filter(encoder -> encoder.type == type).findFirst();
    return found.orElseThrow(
        () ->
            new DataException(
                "write GGUF",
                Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")),
                type.name(),
                "write one of these types"));
  }

  private static float largest(float[] in, int from) {
    float largest = 0;
    for (int j = 0; j < 32; j++) {
      float value = in[from + j];
      if (!Float.isFinite(value)) {
        throw new DataException(
            "quantise", "finite weights", String.valueOf(value), "check the model for overflow");
      }
      if (Math.abs(value) > Math.abs(largest)) {
        largest = value;
      }
    }
    return largest;
  }

  private static int roundAwayFromZero(float value) {
    float size = Math.abs(value);
    int floor = (int) size;
    int rounded = size - floor >= 0.5f ? floor + 1 : floor;
    return value < 0 ? -rounded : rounded;
  }
}
