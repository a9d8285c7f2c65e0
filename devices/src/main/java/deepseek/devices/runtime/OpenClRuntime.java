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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** A device of OpenCL 1.2 or newer, a GPU if there is one. */
public final class OpenClRuntime implements DeviceRuntime {
  private static final long GPU = 4;
  private static final long ANY = 0xFFFFFFFFL;
  private static final int MOST_PLATFORMS = 16;
  private static final int DEVICE_NAME = 0x102B;
  private static final int DEVICE_VERSION = 0x102F;
  private static final int DRIVER_VERSION = 0x102D;
  private static final int BUILD_LOG = 0x1183;
  private static final int BINARY_SIZES = 0x1165;
  private static final int BINARIES = 0x1166;
  private static final String OPTIONS = "-cl-std=CL1.2";
  private static final long READ_WRITE = 1;
  private static final int TRUE = 1;

  private final OpenCl cl;
  private final MemorySegment device;
  private final MemorySegment context;
  private final MemorySegment queue;
  private final KernelCache cache;
  private final Map<String, OpenClKernel> compiled = new HashMap<>();

  private OpenClRuntime(OpenCl cl, MemorySegment device, KernelCache cache) {
    this.cl = cl;
    this.device = device;
    this.cache = cache;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      MemorySegment devices = arena.allocateFrom(ADDRESS, device);
      context = cl.context.pointer(NULL, 1, devices, NULL, NULL, status);
      OpenCl.check("open opencl", status.get(JAVA_INT, 0));
      queue = cl.queue.pointer(context, device, 0L, status);
      OpenCl.check("open opencl", status.get(JAVA_INT, 0));
    }
  }

  /**
   * Opens the best device with the user's kernel cache.
   *
   * @throws KernelException if there is no OpenCL, or no device
   */
  public static OpenClRuntime open() {
    return open(KernelCache.ofUser());
  }

  static OpenClRuntime open(KernelCache cache) {
    OpenCl cl = OpenCl.load();
    return device(cl, GPU)
        .or(() -> device(cl, ANY))
        .map(device -> new OpenClRuntime(cl, device, cache))
        .orElseThrow(
            () ->
                new KernelException(
                    "open opencl",
                    "a device",
                    "none",
                    "install a driver, e.g. apt-get install pocl-opencl-icd"));
  }

  private static Optional<MemorySegment> device(OpenCl cl, long kind) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment platforms = arena.allocate(ADDRESS, MOST_PLATFORMS);
      MemorySegment count = arena.allocate(JAVA_INT);
      MemorySegment found = arena.allocate(ADDRESS);
      if (cl.platforms.status(MOST_PLATFORMS, platforms, count) != 0) {
        return Optional.empty();
      }
      return LongStream.range(0, Math.min(count.get(JAVA_INT, 0), MOST_PLATFORMS))
          .mapToObj(i -> platforms.getAtIndex(ADDRESS, i))
          .filter(platform -> cl.devices.status(platform, kind, 1, found, NULL) == 0)
          .map(platform -> found.get(ADDRESS, 0))
          .findFirst();
    }
  }

  @Override
  public String device() {
    return info(DEVICE_NAME) + ", " + info(DEVICE_VERSION);
  }

  private String info(int what) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(1024);
      OpenCl.check(
          "ask an OpenCL device", cl.deviceInfo.status(device, what, text.byteSize(), text, NULL));
      return text.getString(0).strip();
    }
  }

  @Override
  public int groupWidth() {
    return 64;
  }

  @Override
  public DeviceBuffer allocate(long words) {
    DeviceRuntime.checkWords(words);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      MemorySegment handle =
          cl.buffer.pointer(context, READ_WRITE, words * Integer.BYTES, NULL, status);
      OpenCl.check("allocate " + words + " words", status.get(JAVA_INT, 0));
      return new OpenClBuffer(handle, words);
    }
  }

  @Override
  public CompiledKernel compile(Kernel kernel) {
    return compiled.computeIfAbsent(Target.OPENCL.render(kernel), source -> build(kernel, source));
  }

  private OpenClKernel build(Kernel kernel, String source) {
    return cache.use(
        new KernelCache.Key(
            kernel.name(),
            "clbin",
            List.of(
                source, OPTIONS, info(DEVICE_NAME), info(DEVICE_VERSION), info(DRIVER_VERSION))),
        () -> binary(kernel.name(), source),
        code -> load(kernel, code));
  }

  /** Compiles a source to the driver's binary. */
  private byte[] binary(String name, String source) {
    String operation = "compile " + name;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      MemorySegment text = arena.allocateFrom(ADDRESS, arena.allocateFrom(source));
      MemorySegment program = cl.program.pointer(context, 1, text, NULL, status);
      OpenCl.check(operation, status.get(JAVA_INT, 0));
      try {
        build(operation, program, arena);
        MemorySegment size = arena.allocate(JAVA_LONG);
        OpenCl.check(
            operation,
            cl.programInfo.status(program, BINARY_SIZES, JAVA_LONG.byteSize(), size, NULL));
        MemorySegment made = arena.allocate(size.get(JAVA_LONG, 0));
        MemorySegment places = arena.allocateFrom(ADDRESS, made);
        OpenCl.check(
            operation, cl.programInfo.status(program, BINARIES, ADDRESS.byteSize(), places, NULL));
        return made.toArray(JAVA_BYTE);
      } finally {
        cl.releaseProgram.status(program);
      }
    }
  }

  private OpenClKernel load(Kernel kernel, byte[] code) {
    String operation = "load " + kernel.name();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT, 2);
      MemorySegment devices = arena.allocateFrom(ADDRESS, device);
      MemorySegment lengths = arena.allocateFrom(JAVA_LONG, code.length);
      MemorySegment codes = arena.allocateFrom(ADDRESS, arena.allocateFrom(JAVA_BYTE, code));
      MemorySegment program =
          cl.programOfBinary.pointer(
              context, 1, devices, lengths, codes, status, status.asSlice(JAVA_INT.byteSize()));
      OpenCl.check(operation, status.getAtIndex(JAVA_INT, 1));
      try {
        OpenCl.check(operation, status.get(JAVA_INT, 0));
        build(operation, program, arena);
        MemorySegment made = cl.kernel.pointer(program, arena.allocateFrom(kernel.name()), status);
        OpenCl.check(operation, status.get(JAVA_INT, 0));
        return new OpenClKernel(kernel, program, made);
      } catch (KernelException e) {
        cl.releaseProgram.status(program);
        throw e;
      }
    }
  }

  private void build(String operation, MemorySegment program, Arena arena) {
    if (cl.build.status(program, 0, NULL, arena.allocateFrom(OPTIONS), NULL, NULL) != 0) {
      throw new KernelException(
          operation, "an OpenCL compiler that takes it", log(program, arena), "report this");
    }
  }

  private String log(MemorySegment program, Arena arena) {
    MemorySegment text = arena.allocate(1 << 16);
    cl.buildInfo.status(program, device, BUILD_LOG, text.byteSize(), text, NULL);
    return text.getString(0).lines().filter(line -> line.contains("error")).findFirst().orElse("?");
  }

  @Override
  public void close() {
    cl.finish.status(queue);
    compiled.values().forEach(OpenClKernel::release);
    compiled.clear();
    cl.releaseQueue.status(queue);
    cl.releaseContext.status(context);
  }

  private final class OpenClBuffer implements DeviceBuffer {
    private final MemorySegment handle;
    private final long words;
    private boolean open = true;

    OpenClBuffer(MemorySegment handle, long words) {
      this.handle = handle;
      this.words = words;
    }

    MemorySegment handle() {
      DeviceBuffer.checkOpen(open);
      return handle;
    }

    @Override
    public long words() {
      return words;
    }

    @Override
    public void write(MemorySegment from) {
      copy("write a buffer", cl.write, from, true);
    }

    @Override
    public void read(MemorySegment to) {
      copy("read a buffer", cl.read, to, false);
    }

    private void copy(String operation, NativeFunction way, MemorySegment host, boolean fromHost) {
      checkFits(host);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment there = host.isNative() ? host : arena.allocate(host.byteSize(), 64);
        if (fromHost && !host.isNative()) {
          there.copyFrom(host);
        }
        OpenCl.check(
            operation,
            way.status(queue, handle(), TRUE, 0L, host.byteSize(), there, 0, NULL, NULL));
        if (!fromHost && !host.isNative()) {
          host.copyFrom(there);
        }
      }
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        cl.releaseBuffer.status(handle);
      }
    }
  }

  private final class OpenClKernel implements CompiledKernel {
    private final Kernel kernel;
    private final MemorySegment program;
    private final MemorySegment handle;

    OpenClKernel(Kernel kernel, MemorySegment program, MemorySegment handle) {
      this.kernel = kernel;
      this.program = program;
      this.handle = handle;
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
      try (Arena arena = Arena.ofConfined()) {
        for (int i = 0; i < given.length; i++) {
          argument(launch, i, arena);
        }
        List<Integer> shape = kernel.grid().shapeOfThree();
        List<Integer> groups = launch.groups();
        MemorySegment items = arena.allocate(JAVA_LONG, 3);
        MemorySegment local = arena.allocate(JAVA_LONG, 3);
        for (int axis = 0; axis < 3; axis++) {
          long width = shape.get(axis);
          local.setAtIndex(JAVA_LONG, axis, width);
          items.setAtIndex(JAVA_LONG, axis, groups.get(axis) * width);
        }
        OpenCl.check(
            "launch " + kernel.name(),
            cl.launch.status(queue, handle, 3, NULL, items, local, 0, NULL, NULL));
        cl.flush.status(queue);
      }
    }

    private void argument(Launch launch, int i, Arena arena) {
      MemorySegment value =
          switch (launch.arguments().get(i)) {
            case Scalar scalar -> arena.allocateFrom(JAVA_INT, scalar.bits());
            case DeviceBuffer _ ->
                arena.allocateFrom(ADDRESS, launch.buffer(i, OpenClBuffer.class).handle());
          };
      OpenCl.check(
          "launch " + kernel.name(), cl.argument.status(handle, i, value.byteSize(), value));
    }

    void release() {
      cl.releaseKernel.status(handle);
      cl.releaseProgram.status(program);
    }
  }
}
