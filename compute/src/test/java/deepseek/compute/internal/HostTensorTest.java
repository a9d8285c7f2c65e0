package deepseek.compute.internal;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostTensorTest {
  private final Arena arena = Arena.ofShared();
  private final AtomicInteger freed = new AtomicInteger();

  @AfterEach
  void free() {
    arena.close();
  }

  /** 0, 1, 2, .. in [3, 4, 2]. */
  private HostTensor counting() {
    MemorySegment data = arena.allocate(24 * Float.BYTES, 64);
    for (int i = 0; i < 24; i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
    }
    return HostTensor.of(data, new long[] {3, 4, 2}, DType.FLOAT32, freed::incrementAndGet);
  }

  private static float[] values(Contents contents) {
    return contents.memory().toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void viewsAreThoseThatLibtorchMakes() {
    HostTensor host = counting();
    NativeTensor whole = host.toNative();
    HostTensor rows = host.narrow(0, 1, 2).orElseThrow();
    HostTensor row = rows.select(0, 1).orElseThrow();
    HostTensor flat = row.reshape(-1, 1).orElseThrow();
    NativeTensor rowsThere = whole.narrow(0, 1, 2);
    NativeTensor rowThere = rowsThere.select(0, 1);
    assertThat(rows.shape()).containsExactly(rowsThere.shape());
    assertThat(values(rows)).containsExactly(values(rowsThere));
    assertThat(row.shape()).containsExactly(rowThere.shape()).containsExactly(4, 2);
    assertThat(values(row)).containsExactly(values(rowThere));
    assertThat(flat.shape()).containsExactly(8, 1);
    for (Contents one : new Contents[] {host, whole, rows, row, flat, rowsThere, rowThere}) {
      assertThat(freed).hasValue(0);
      one.free();
    }
    assertThat(freed).hasValue(1);
  }

  @Test
  void whatItCannotDoIsLeftToLibtorch() {
    HostTensor host = counting();
    assertThat(host.narrow(1, 0, 1)).isEmpty();
    assertThat(host.narrow(0, 2, 2)).isEmpty();
    assertThat(host.select(0, 3)).isEmpty();
    assertThat(host.select(2, 0)).isEmpty();
    assertThat(host.reshape(5, 5)).isEmpty();
    assertThat(host.reshape(-1, 7)).isEmpty();
    assertThat(host.reshape(-2, -12)).isEmpty();
    assertThat(host.reshape((1L << 61) + 3, 8)).isEmpty();
    assertThat(host.reshape(-1, 1L << 62, 4)).isEmpty();
    assertThat(host.reshape(-1, 0)).isEmpty();
    assertThat(host.narrow(0, Long.MAX_VALUE, 1)).isEmpty();
    assertThat(host.narrow(0, 1, Long.MAX_VALUE)).isEmpty();
    assertThat(host.to(DType.INT64)).isEmpty();
    host.free();
    assertThat(freed).hasValue(1);
  }

  @Test
  void tensorsOnOneMemoryShareAStorage() {
    HostTensor host = counting();
    HostTensor part = host.narrow(0, 1, 1).orElseThrow();
    NativeTensor a = host.toNative();
    NativeTensor b = part.toNative();
    assertThat(a.sharesMemoryWith(b)).isTrue();
    assertThat(b.address()).isEqualTo(host.address() + 8 * Float.BYTES);
    host.free();
    a.free();
    part.free();
    assertThat(freed).hasValue(0);
    assertThat(values(b)).containsExactly(8, 9, 10, 11, 12, 13, 14, 15);
    b.free();
    assertThat(freed).hasValue(1);
  }

  @Test
  void inferenceDoesNotMakeThemUnfitForTraining() {
    HostTensor host = counting();
    NativeInference inference = new NativeInference(true);
    NativeTensor parameter = host.toNative();
    inference.end();
    parameter.requiresGrad(true);
    NativeTensor sum = parameter.mul(parameter).sum();
    sum.backward();
    NativeTensor grad = parameter.grad().orElseThrow();
    assertThat(values(grad)[5]).isEqualTo(10);
    for (NativeTensor one : new NativeTensor[] {grad, sum, parameter}) {
      one.free();
    }
    host.free();
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, BFLOAT16", "FLOAT32, FLOAT16", "BFLOAT16, FLOAT32",
    "FLOAT16, FLOAT32", "FLOAT16, BFLOAT16", "BFLOAT16, FLOAT16"
  })
  void numbersAreRoundedAsLibtorchRoundsThem(DType from, DType to) {
    int count = 40_001;
    MemorySegment data = arena.allocate((long) count * from.byteSize(), 64);
    Random random = new Random(3);
    for (long i = 0; i < data.byteSize(); i += Short.BYTES) {
      data.set(ValueLayout.JAVA_SHORT, i, (short) random.nextInt());
    }
    MemorySegment converted = arena.allocate((long) count * to.byteSize(), 64);
    FloatCodec.convert(data, from, converted, to);
    HostTensor host = HostTensor.of(data, new long[] {count}, from, () -> {});
    NativeTensor there = host.toNative();
    NativeTensor expected = there.to(to);
    assertThat(bits(converted, to)).containsExactly(bits(expected.memory(), to));
    expected.free();
    there.free();
    host.free();
  }

  /** With all NaNs made equal: their bits differ from library to library. */
  private static int[] bits(MemorySegment values, DType type) {
    if (type == DType.FLOAT32) {
      float[] floats = values.toArray(ValueLayout.JAVA_FLOAT);
      int[] bits = new int[floats.length];
      Arrays.setAll(bits, i -> Float.floatToIntBits(floats[i]));
      return bits;
    }
    short[] halves = values.toArray(ValueLayout.JAVA_SHORT);
    int infinity = type == DType.BFLOAT16 ? 0x7f80 : 0x7c00;
    int[] bits = new int[halves.length];
    Arrays.setAll(bits, i -> (halves[i] & 0x7fff) > infinity ? 0x7fff : halves[i]);
    return bits;
  }
}
