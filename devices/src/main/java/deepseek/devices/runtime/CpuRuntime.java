package deepseek.devices.runtime;

import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.OpenMp;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The CPU: kernels are compiled as C by the system's compiler and cached on disk. */
public final class CpuRuntime implements DeviceRuntime {
  private static final List<String> FLAGS =
      List.of("-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-fopenmp-simd", "-w");

  /** Pieces per thread for work stealing, so that a delayed thread doesn't delay the launch. */
  private static final int PIECES_PER_CORE = 8;

  /** With fewer items a piece isn't worth waking a thread. */
  private static final int LEAST_ITEMS = 4096;

  /** The loop in which threads take pieces until none is left; appended to each kernel. */
  private static final String SHARE =
      """

      struct dk_launch { void *const *arguments; int64_t count, piece, next; };

      void dk_share(void *shared) {
        struct dk_launch *launch = shared;
        for (;;) {
          int64_t begin = __atomic_fetch_add(&launch->next, launch->piece, __ATOMIC_RELAXED);
          if (begin >= launch->count) return;
          int64_t end = begin + launch->piece;
          %s(launch->arguments, begin, end < launch->count ? end : launch->count);
        }
      }
      """;

  private final CCompiler compiler;
  private final CompiledCode cache;
  private final CpuFeatures features;
  private final Optional<OpenMp> openMp = OpenMp.find();
  private final Map<String, CompiledKernel> compiled = new HashMap<>();
  private final Arena libraries = Arena.ofShared();

  private CpuRuntime(CCompiler compiler, KernelCache kept) {
    this.compiler = compiler;
    cache = new CompiledCode(kept, compiler);
    features = CpuFeatures.detect().withoutTiles(); // portable kernels don't use AMX
  }

  /**
   * Opens the CPU with the user's kernel cache.
   *
   * @throws KernelException if there is no C compiler
   */
  public static CpuRuntime open() {
    return open(KernelCache.ofUser());
  }

  static CpuRuntime open(KernelCache cache) {
    return new CpuRuntime(CCompiler.required("open cpu"), cache);
  }

  @Override
  public String device() {
    return features.architecture() + ", " + compiler.version();
  }

  @Override
  public int groupWidth() {
    return 1;
  }

  @Override
  public DeviceBuffer allocate(long words) {
    DeviceRuntime.checkWords(words);
    return CpuBuffer.allocate(words);
  }

  /**
   * Wraps the caller's memory as a buffer, without taking ownership: closing it doesn't free the
   * memory.
   */
  public DeviceBuffer wrap(MemorySegment words) {
    return CpuBuffer.wrap(words);
  }

  @Override
  public CompiledKernel compile(Kernel kernel) {
    String source = Target.C.render(kernel) + SHARE.formatted(kernel.name());
    return compiled.computeIfAbsent(source, s -> load(kernel, s));
  }

  private CompiledKernel load(Kernel kernel, String source) {
    List<String> flags = new ArrayList<>(FLAGS);
    flags.addAll(features.compilerFlags());
    Path library = cache.library(kernel.name(), source, flags);
    try {
      MemorySegment share = SymbolLookup.libraryLookup(library, libraries).findOrThrow("dk_share");
      return new CpuKernel(kernel, share);
    } catch (IllegalArgumentException e) {
      throw new KernelException(
          "load " + kernel.name(),
          "a library this system can load",
          String.valueOf(e.getMessage()),
          "delete " + library,
          e);
    }
  }

  @Override
  public void close() {
    compiled.clear();
    libraries.close();
  }

  private final class CpuKernel implements CompiledKernel {
    private final Kernel kernel;
    private final MemorySegment share;
    private final MethodHandle alone;

    CpuKernel(Kernel kernel, MemorySegment share) {
      this.kernel = kernel;
      this.share = share;
      alone =
          Linker.nativeLinker()
              .downcallHandle(share, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
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
        long count = launch.count();
        long piece = piece(count);
        MemorySegment shared = arena.allocate(ValueLayout.JAVA_LONG, 4);
        shared.setAtIndex(ValueLayout.ADDRESS, 0, pointers(launch, arena));
        shared.setAtIndex(ValueLayout.JAVA_LONG, 1, count);
        shared.setAtIndex(ValueLayout.JAVA_LONG, 2, piece);
        run(shared, piece < count);
      }
    }

    private void run(MemorySegment shared, boolean byMany) {
      if (byMany && openMp.isPresent()) {
        openMp.get().run(share, shared, 0);
        return;
      }
      try {
        alone.invokeExact(shared);
      } catch (Throwable e) {
        throw new LinkageError(kernel.name() + " could not be run", e);
      }
    }

    private long piece(long count) {
      int cores = Runtime.getRuntime().availableProcessors();
      long even = Math.ceilDiv(count, (long) cores * PIECES_PER_CORE);
      return kernel.grid() instanceof Grid.Items ? Math.max(even, LEAST_ITEMS) : even;
    }

    private MemorySegment pointers(Launch launch, Arena arena) {
      int number = launch.arguments().size();
      MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, Math.max(number, 1));
      for (int i = 0; i < number; i++) {
        MemorySegment pointer =
            switch (launch.arguments().get(i)) {
              case Scalar scalar -> arena.allocateFrom(ValueLayout.JAVA_INT, scalar.bits());
              case DeviceBuffer _ -> launch.buffer(i, CpuBuffer.class).segment();
            };
        pointers.setAtIndex(ValueLayout.ADDRESS, i, pointer);
      }
      return pointers;
    }
  }
}
