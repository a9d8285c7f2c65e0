package deepseek.devices.runtime;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.devices.ops.Elementwise;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * Emulators of NVIDIA's driver and NVRTC, built by {@code tools/kernels/cuda}; no GPU is involved.
 * Each has its own contexts, memory and accounting.
 */
final class EmulatedCuda {
  static final String NAME = "cuda-emulation";

  private static final Path FOLDER = Path.of("target", "cuda-emulator").toAbsolutePath();
  private static final AtomicInteger COPIES = new AtomicInteger();

  private final SymbolLookup driver = copy("libcuda.so.1");
  private final SymbolLookup nvrtc = copy("libnvrtc.so.12");

  private EmulatedCuda() {}

  static EmulatedCuda load() {
    folder();
    return new EmulatedCuda();
  }

  /**
   * The folder of both libraries.
   *
   * @throws KernelException if they can't be built
   */
  static Path folder() {
    return Built.FOLDER_OF_BOTH.orElseThrow();
  }

  /** Once for all tests of a process. */
  private static final class Built {
    static final Outcome FOLDER_OF_BOTH = build();

    private static Outcome build() {
      Path script = Path.of("..", "tools", "kernels", "cuda");
      try {
        Process process =
            new ProcessBuilder("bash", script.toString(), "build", FOLDER.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0 && status != 77) {
          throw new AssertionError("tools/kernels/cuda build: " + said);
        }
        return new Outcome(status == 0 ? "" : said.replace("not run: ", "").strip());
      } catch (IOException e) {
        return new Outcome(String.valueOf(e.getMessage()));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private record Outcome(String absence) {
    Path orElseThrow() {
      if (!absence.isEmpty()) {
        throw new KernelException(
            "emulate cuda", "Linux, bash and C compilers", "'" + absence + "'", "install them");
      }
      return FOLDER;
    }
  }

  /** A private copy of the library, which shares no state with others in the process. */
  private static SymbolLookup copy(String library) {
    try {
      Path copy = FOLDER.resolve("copy-" + COPIES.incrementAndGet() + "-" + library);
      Files.deleteIfExists(copy);
      Files.copy(FOLDER.resolve(library), copy);
      SymbolLookup opened = SymbolLookup.libraryLookup(copy, Arena.global());
      copy.toFile().deleteOnExit();
      return opened;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  CudaDriver driver() {
    return new CudaDriver(driver);
  }

  Nvrtc nvrtc() {
    return new Nvrtc(nvrtc);
  }

  CudaRuntime open(KernelCache cache) {
    return open(cache, NULL);
  }

  CudaRuntime open(KernelCache cache, MemorySegment stream) {
    return CudaRuntime.open(driver(), Stream.of(nvrtc()), 0, stream, cache);
  }

  /** Errors and leaked resources; empty if there are none. */
  String books() {
    MemorySegment said =
        NativeFunction.of(driver, "emulated_books", ADDRESS).pointer().reinterpret(1 << 17);
    int programs = NativeFunction.of(nvrtc, "emulated_programs", JAVA_INT).status();
    return said.getString(0) + (programs == 0 ? "" : programs + " programs are not destroyed\n");
  }

  /**
   * Makes one call of a driver function return this status, after {@code after} successful ones.
   */
  void fail(String function, int status, int after) {
    try (Arena arena = Arena.ofConfined()) {
      order(driver, "emulated_fail", arena.allocateFrom(function), status, after);
    }
  }

  /** Makes the next kernel fail with this status, which also destroys its context. */
  void lose(CudaStatus status) {
    order(driver, "emulated_lose", status.number());
  }

  /**
   * Sets the GPU's compute capability, and the newest CUDA version that its driver supports, such
   * as 12090.
   */
  void gpu(int capability, int version) {
    order(driver, "emulated_gpu", capability, version);
  }

  void toolkit(int major, int minor, int... capabilities) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocateFrom(JAVA_INT, capabilities);
      order(nvrtc, "emulated_toolkit", major, minor, capabilities.length, all);
    }
  }

  private static void order(SymbolLookup library, String function, Object... arguments) {
    MemoryLayout[] layouts =
        Stream.of(arguments)
            .map(argument -> argument instanceof Integer ? JAVA_INT : ADDRESS)
            .toArray(MemoryLayout[]::new);
    try {
      Linker.nativeLinker()
          .downcallHandle(library.findOrThrow(function), FunctionDescriptor.ofVoid(layouts))
          .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Calls a driver function that the runtime doesn't use. */
  int call(String function, Object... arguments) {
    MemoryLayout[] layouts =
        Stream.of(arguments)
            .map(argument -> argument instanceof Integer ? JAVA_INT : ADDRESS)
            .toArray(MemoryLayout[]::new);
    return NativeFunction.of(driver, function, JAVA_INT, layouts).status(arguments);
  }

  /** Asserts that the call fails with a one-line message that contains these words. */
  static void refused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }

  static DeviceBuffer given(DeviceRuntime runtime, float... values) {
    DeviceBuffer buffer = runtime.allocate(values.length);
    buffer.write(values);
    return buffer;
  }

  /** Writes, launches and reads. */
  static void checkAxpy(DeviceRuntime runtime) {
    try (DeviceBuffer x = given(runtime, 1, 2, 3);
        DeviceBuffer y = given(runtime, 10, 20, 30)) {
      runtime.compile(Elementwise.axpy()).launch(x, y, Scalar.of(2f), Scalar.of(3));
      assertThat(y.toFloats()).containsExactly(12f, 24f, 36f);
    }
  }
}
