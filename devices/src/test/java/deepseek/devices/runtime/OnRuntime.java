package deepseek.devices.runtime;

import deepseek.devices.runtime.Numbers.Expected;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/** A runtime under test, and its buffers, which are closed after each test. */
interface OnRuntime {
  /** The runtime under test, one for the whole class. */
  DeviceRuntime runtime();

  /** Buffers to close after each test. */
  List<DeviceBuffer> OPEN = new ArrayList<>();

  @AfterEach
  default void closeBuffers() {
    OPEN.forEach(DeviceBuffer::close);
    OPEN.clear();
  }

  default DeviceBuffer empty(int words) {
    DeviceBuffer buffer = runtime().allocate(words);
    OPEN.add(buffer);
    return buffer;
  }

  default DeviceBuffer given(float[] values) {
    DeviceBuffer buffer = empty(values.length);
    buffer.write(values);
    return buffer;
  }

  default DeviceBuffer given(int[] words) {
    DeviceBuffer buffer = empty(words.length);
    buffer.write(words);
    return buffer;
  }

  static Expected[] expected(int count, IntFunction<Expected> at) {
    return IntStream.range(0, count).mapToObj(at).toArray(Expected[]::new);
  }
}
