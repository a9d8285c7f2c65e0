package deepseek.kernel.runtime;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import deepseek.kernel.ir.Kernel;
import deepseek.kernel.render.Target;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An NVIDIA GPU by its driver: kernels are compiled by {@link Nvrtc} for this very GPU.
 *
 * <p>The context is the device's primary one, which libtorch uses as well; launches and copies go
 * to one stream in order, libtorch's if that is given.
 */
public final class CudaRuntime implements DeviceRuntime {
  private static final int MAJOR = 75;
  private static final int MINOR = 76;

  private final CudaDriver driver;
  private final Nvrtc nvrtc;
  private final int device;
  private final MemorySegment stream;
  private final MemorySegment context;
  private final KernelCache cache = KernelCache.ofUser();
  private final Map<String, CudaKernel> compiled = new HashMap<>();

  private CudaRuntime(CudaDriver driver, Nvrtc nvrtc, int number, MemorySegment stream) {
    this.driver = driver;
    this.nvrtc = nvrtc;
    this.stream = stream;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(ADDRESS);
      driver.check("open cuda", driver.device.status(made, number));
      device = made.get(JAVA_INT, 0);
      driver.check("open cuda", driver.retainContext.status(made, device));
      context = made.get(ADDRESS, 0);
    }
  }

  /** The first GPU, on the default stream. */
  public static CudaRuntime open() {
    return open(0, NULL);
  }

  /** GPU {@code number}, on a stream (a {@code CUstream}) of its primary context. */
  public static CudaRuntime open(int number, MemorySegment stream) {
    CudaDriver driver = CudaDriver.load();
    driver.check("open cuda", driver.init.status(0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_INT);
      driver.check("open cuda", driver.deviceCount.status(count));
      if (number < 0 || number >= count.get(JAVA_INT, 0)) {
        throw new KernelException(
            "open cuda",
            "GPU " + number,
            count.get(JAVA_INT, 0) + " GPUs",
            "see nvidia-smi and CUDA_VISIBLE_DEVICES");
      }
    }
    return new CudaRuntime(driver, Nvrtc.open(), number, stream);
  }

  @Override
  public String device() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(256);
      driver.check("ask a GPU", driver.deviceName.status(name, 256, device));
      return name.getString(0) + ", " + architecture() + ", nvrtc " + nvrtc.version();
    }
  }

  private String architecture() {
    return "sm_" + attribute(MAJOR) + attribute(MINOR);
  }

  private int attribute(int which) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      driver.check("ask a GPU", driver.deviceAttribute.status(value, which, device));
      return value.get(JAVA_INT, 0);
    }
  }

  @Override
  public int groupWidth() {
    return 128;
  }

  @Override
  public DeviceBuffer allocate(long words) {
    DeviceRuntime.checkWords(words);
    enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(JAVA_LONG);
      driver.check(
          "allocate " + words + " words", driver.allocate.status(address, words * Integer.BYTES));
      return new CudaBuffer(address.get(JAVA_LONG, 0), words);
    }
  }

  /** Contexts belong to threads: whoever calls gets ours. */
  private void enter() {
    driver.check("use a GPU", driver.setContext.status(context));
  }

  @Override
  public CompiledKernel compile(Kernel kernel) {
    return compiled.computeIfAbsent(Target.CUDA.render(kernel), source -> load(kernel, source));
  }

  private CudaKernel load(Kernel kernel, String source) {
    return nvrtc.load(cache, kernel.name(), source, architecture(), code -> load(kernel, code));
  }

  private CudaKernel load(Kernel kernel, byte[] code) {
    enter();
    try (Arena arena = Arena.ofConfined()) {
      String operation = "load " + kernel.name();
      MemorySegment made = arena.allocate(ADDRESS);
      MemorySegment image = arena.allocateFrom(JAVA_BYTE, code);
      driver.check(operation, driver.loadModule.status(made, image));
      MemorySegment module = made.get(ADDRESS, 0);
      MemorySegment name = arena.allocateFrom(kernel.name());
      driver.check(operation, driver.moduleFunction.status(made, module, name));
      return new CudaKernel(kernel, module, made.get(ADDRESS, 0));
    }
  }

  @Override
  public void close() {
    enter();
    driver.finish.status(stream);
    compiled.values().forEach(kernel -> driver.unloadModule.status(kernel.module));
    compiled.clear();
    driver.releaseContext.status(device);
  }

  private final class CudaBuffer implements DeviceBuffer {
    private final long address;
    private final long words;
    private boolean open = true;

    CudaBuffer(long address, long words) {
      this.address = address;
      this.words = words;
    }

    long address() {
      if (!open) {
        throw new KernelException(
            "use a buffer", "an open one", "a closed one", "close it after its last launch");
      }
      return address;
    }

    @Override
    public long words() {
      return words;
    }

    @Override
    public void write(MemorySegment from) {
      checkFits(from);
      enter();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment host = arena.allocate(from.byteSize(), 64).copyFrom(from);
        driver.check(
            "write a buffer", driver.toDevice.status(address(), host, host.byteSize(), stream));
        driver.check("write a buffer", driver.finish.status(stream));
      }
    }

    @Override
    public void read(MemorySegment to) {
      checkFits(to);
      enter();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment host = arena.allocate(to.byteSize(), 64);
        driver.check(
            "read a buffer", driver.toHost.status(host, address(), host.byteSize(), stream));
        driver.check("read a buffer", driver.finish.status(stream));
        to.copyFrom(host);
      }
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        enter();
        driver.free.status(address);
      }
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
      if (launch.isEmpty()) {
        return;
      }
      enter();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment pointers = arena.allocate(ADDRESS, Math.max(1, given.length));
        for (int i = 0; i < given.length; i++) {
          MemorySegment value =
              switch (launch.arguments().get(i)) {
                case Scalar scalar -> arena.allocateFrom(JAVA_INT, scalar.bits());
                case DeviceBuffer _ ->
                    arena.allocateFrom(JAVA_LONG, launch.buffer(i, CudaBuffer.class).address());
              };
          pointers.setAtIndex(ADDRESS, i, value);
        }
        List<Integer> groups = launch.groups();
        List<Integer> shape = new ArrayList<>(kernel.grid().shape());
        while (shape.size() < groups.size()) {
          shape.add(1);
        }
        driver.check(
            "launch " + kernel.name(),
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
                pointers,
                NULL));
      }
    }
  }
}
