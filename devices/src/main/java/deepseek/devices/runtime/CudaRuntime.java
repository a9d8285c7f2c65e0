package deepseek.devices.runtime;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.devices.ir.Kernel;
import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An NVIDIA GPU through the CUDA driver API; kernels are compiled by {@link Nvrtc} for this GPU.
 *
 * <p>It uses the device's primary context, as libtorch does; launches and copies go to one stream
 * in order, which may be libtorch's. Errors in a kernel are asynchronous: the next call that
 * synchronises throws, and so do all later ones, since the context is lost.
 */
public final class CudaRuntime implements DeviceRuntime {
  /** Alignment of copied parameters, more than any access needs. */
  private static final long ALIGNMENT = 64;

  private final CudaDriver driver;
  private final CudaDevice device;
  private final Nvrtc nvrtc;
  private final String architecture;
  private final MemorySegment stream;
  private final KernelCache cache;
  private final MemorySegment context;
  private final Map<String, CudaKernel> compiled = new HashMap<>();
  private final Set<CudaBuffer> buffers = new HashSet<>();
  private boolean open = true;
  private int told;

  private CudaRuntime(
      CudaDriver driver, CudaDevice device, Nvrtc nvrtc, MemorySegment stream, KernelCache cache) {
    this.driver = driver;
    this.device = device;
    this.nvrtc = nvrtc;
    this.architecture = nvrtc.architecture(device.capability());
    this.stream = stream;
    this.cache = cache;
    // Last, because it has to be released again.
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(ADDRESS);
      driver.check("open cuda", driver.retainContext.status(made, device.handle()));
      context = made.get(ADDRESS, 0);
    }
  }

  /** Opens the first GPU, on the default stream. */
  public static CudaRuntime open() {
    return open(0, NULL);
  }

  /** Opens GPU {@code number}, on a stream (a {@code CUstream}) of its primary context. */
  public static CudaRuntime open(int number, MemorySegment stream) {
    return open(CudaDriver.load(), Nvrtc.found(), number, stream, KernelCache.ofUser());
  }

  /** Opens a GPU with the best of the compilers found for its driver. */
  static CudaRuntime open(
      CudaDriver driver,
      Stream<Nvrtc> compilers,
      int number,
      MemorySegment stream,
      KernelCache cache) {
    CudaDevice device = CudaDevice.find(driver, number);
    Nvrtc nvrtc = Nvrtc.fitting(compilers, driver.version(), device.capability());
    return new CudaRuntime(driver, device, nvrtc, stream, cache);
  }

  @Override
  public String device() {
    return device + ", driver for CUDA " + driver.version() + ", nvrtc " + nvrtc.version();
  }

  @Override
  public int groupWidth() {
    return 128;
  }

  @Override
  public DeviceBuffer allocate(long words) {
    DeviceRuntime.checkWords(words);
    String operation = "allocate " + words + " words";
    try (Current _ = enter(operation);
        Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(JAVA_LONG);
      check(operation, driver.allocate.status(address, words * Integer.BYTES));
      CudaBuffer buffer = new CudaBuffer(address.get(JAVA_LONG, 0), words);
      buffers.add(buffer);
      return buffer;
    }
  }

  /**
   * Makes the context current on this thread; closing restores the previous one, which may be
   * another GPU's.
   */
  private final class Current implements AutoCloseable {
    @Override
    public void close() {
      try (Arena arena = Arena.ofConfined()) {
        driver.popContext.status(arena.allocate(ADDRESS));
      }
    }
  }

  private Current enter(String operation) {
    if (!open) {
      throw new KernelException(
          operation, "an open runtime", "a closed one", "close it after its last use");
    }
    check(operation, driver.pushContext.status(context));
    return new Current();
  }

  private void check(String operation, int status) {
    told = status == 0 ? told : status;
    driver.check(operation, status);
  }

  /** Throws for errors during close, except those that were already reported. */
  private void checkNew(String operation, int status) {
    if (status != told) {
      check(operation, status);
    }
  }

  @Override
  public CompiledKernel compile(Kernel kernel) {
    return compiled.computeIfAbsent(Target.CUDA.render(kernel), source -> load(kernel, source));
  }

  private CudaKernel load(Kernel kernel, String source) {
    return nvrtc.load(cache, kernel.name(), source, architecture, code -> load(kernel, code));
  }

  private CudaKernel load(Kernel kernel, byte[] code) {
    String operation =
        "load %s of nvrtc %s by a driver for CUDA %s"
            .formatted(kernel.name(), nvrtc.version(), driver.version());
    try (Current _ = enter(operation);
        Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(ADDRESS);
      MemorySegment image = arena.allocate(code.length, ALIGNMENT);
      MemorySegment.copy(code, 0, image, JAVA_BYTE, 0, code.length);
      check(operation, driver.loadModule.status(made, image));
      MemorySegment module = made.get(ADDRESS, 0);
      MemorySegment name = arena.allocateFrom(kernel.name());
      int status = driver.moduleFunction.status(made, module, name);
      if (status != 0) {
        driver.unloadModule.status(module);
      }
      check(operation, status);
      return new CudaKernel(kernel, module, made.get(ADDRESS, 0));
    }
  }

  /**
   * Waits for all launches and frees everything.
   *
   * @throws KernelException if a launch failed and that wasn't reported yet; everything is freed
   *     even then
   */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    String operation = "close cuda";
    int status = driver.pushContext.status(context);
    if (status == 0) {
      try (Current _ = new Current()) {
        status = finish();
      }
    }
    open = false;
    int released = driver.releaseContext.status(device.handle());
    checkNew(operation, status == 0 ? released : status);
  }

  /** Frees everything, even after an error, and returns the first status that isn't success. */
  private int finish() {
    IntStream.Builder statuses = IntStream.builder();
    statuses.add(driver.finish.status(stream));
    buffers.forEach(buffer -> statuses.add(driver.free.status(buffer.address)));
    buffers.clear();
    compiled.values().forEach(kernel -> statuses.add(driver.unloadModule.status(kernel.module)));
    compiled.clear();
    return statuses.build().filter(status -> status != 0).findFirst().orElse(0);
  }

  private final class CudaBuffer implements DeviceBuffer {
    private final long address;
    private final long words;

    CudaBuffer(long address, long words) {
      this.address = address;
      this.words = words;
    }

    long address() {
      DeviceBuffer.checkOpen(buffers.contains(this));
      return address;
    }

    @Override
    public long words() {
      return words;
    }

    @Override
    public void write(MemorySegment from) {
      checkFits(from);
      String operation = "write a buffer";
      long to = address();
      try (Current _ = enter(operation);
          Arena arena = Arena.ofConfined()) {
        MemorySegment host = arena.allocate(from.byteSize(), ALIGNMENT).copyFrom(from);
        check(operation, driver.toDevice.status(to, host, host.byteSize(), stream));
        check(operation, driver.finish.status(stream));
      }
    }

    @Override
    public void read(MemorySegment to) {
      checkFits(to);
      String operation = "read a buffer";
      long from = address();
      try (Current _ = enter(operation);
          Arena arena = Arena.ofConfined()) {
        MemorySegment host = arena.allocate(to.byteSize(), ALIGNMENT);
        check(operation, driver.toHost.status(host, from, host.byteSize(), stream));
        check(operation, driver.finish.status(stream));
        to.copyFrom(host);
      }
    }

    @Override
    public void close() {
      if (!buffers.remove(this)) {
        return;
      }
      int status = driver.pushContext.status(context);
      if (status == 0) {
        try (Current _ = new Current()) {
          status = driver.free.status(address);
        }
      }
      checkNew("close a buffer", status);
    }
  }

  private final class CudaKernel implements CompiledKernel {
    private final Kernel kernel;
    private final MemorySegment module;
    private final MemorySegment function;

    CudaKernel(Kernel kernel, MemorySegment module, MemorySegment function) {
      this.kernel = kernel;
      this.module = module;
      this.function = function;
    }

    @Override
    public Kernel kernel() {
      return kernel;
    }

    @Override
    public void launch(LaunchArgument... given) {
      Launch launch = Launch.of(kernel, given);
      String operation = "launch " + kernel.name();
      if (launch.isEmpty()) {
        return;
      }
      List<Integer> groups = launch.groups(device.mostGroups());
      List<Integer> shape = kernel.grid().shapeOfThree();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment values = values(launch, arena);
        try (Current _ = enter(operation)) {
          check(
              operation,
              driver.launch.status(
                  function,
                  groups.get(0),
                  groups.get(1),
                  groups.get(2),
                  shape.get(0),
                  shape.get(1),
                  shape.get(2),
                  0,
                  stream,
                  values,
                  NULL));
        }
      }
    }

    /** Pointers to the arguments, which the driver copies. */
    private MemorySegment values(Launch launch, Arena arena) {
      int count = launch.arguments().size();
      MemorySegment values = arena.allocate(ADDRESS, Math.max(1, count));
      for (int i = 0; i < count; i++) {
        MemorySegment value =
            switch (launch.arguments().get(i)) {
              case Scalar scalar -> arena.allocateFrom(JAVA_INT, scalar.bits());
              case DeviceBuffer _ ->
                  arena.allocateFrom(JAVA_LONG, launch.buffer(i, CudaBuffer.class).address());
            };
        values.setAtIndex(ADDRESS, i, value);
      }
      return values;
    }
  }
}
