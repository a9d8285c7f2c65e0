package deepseek.kernel.tune;

import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.Weight;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A number of {@link CpuTuning}, the values to try, and what tells them apart. */
public enum Knob {
  /** Bytes fetched ahead: single rows, whose weights come from memory. */
  AHEAD(List.of(1), 512, 1024, 2048, 4096, 8192) {
    @Override
    int of(CpuTuning tuning) {
      return tuning.ahead();
    }

    @Override
    CpuTuning with(CpuTuning tuning, int value) {
      return new CpuTuning(value, tuning.tiles(), tuning.chunks());
    }
  },
  /** Tiles of rows at once: packed weights and many rows. */
  TILES(List.of(Knob.MANY), 2, 4, 8, 16) {
    @Override
    int of(CpuTuning tuning) {
      return tuning.tiles();
    }

    @Override
    CpuTuning with(CpuTuning tuning, int value) {
      return new CpuTuning(tuning.ahead(), value, tuning.chunks());
    }

    @Override
    boolean concerns(Weight form) {
      return form.format().isPacked();
    }
  },
  /** Chunks of a thread: all products. */
  CHUNKS(List.of(1, Knob.MANY), 2, 4, 6, 12, 24) {
    @Override
    int of(CpuTuning tuning) {
      return tuning.chunks();
    }

    @Override
    CpuTuning with(CpuTuning tuning, int value) {
      return new CpuTuning(tuning.ahead(), tuning.tiles(), value);
    }
  };

  private static final int MANY = 256;

  private final List<Integer> rows;
  private final int[] values;

  Knob(List<Integer> rows, int... values) {
    this.rows = rows;
    this.values = values;
  }

  abstract int of(CpuTuning tuning);

  abstract CpuTuning with(CpuTuning tuning, int value);

  boolean concerns(Weight form) {
    return true;
  }

  /** Rows of activations that it is tried with. */
  List<Integer> rows() {
    return rows;
  }

  /** This number of {@code tuning} first, then the others. */
  List<Integer> candidates(CpuTuning tuning) {
    return IntStream.concat(IntStream.of(of(tuning)), IntStream.of(values))
        .distinct()
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
