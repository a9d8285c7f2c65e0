package deepseek.devices.runtime;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * NVRTC, NVIDIA's compiler as a library: CUDA C to machine code; needs no GPU.
 *
 * <p>Searched in {@code $DEEPSEEK_NVRTC} (the library or its folder), in the CUDA installation
 * ({@code $CUDA_PATH}, {@code $CUDA_HOME}, /usr/local/cuda), and on the system's library path. The
 * Python package nvidia-cuda-nvrtc contains it.
 */
public final class Nvrtc {
  private static final List<String> NAMES =
      List.of(
          "libnvrtc.so.13",
          "libnvrtc.so.12",
          "libnvrtc.so",
          "nvrtc64_130_0.dll",
          "nvrtc64_120_0.dll");

  private static final String VIRTUAL = "compute_";
  private static final String REPORT = "report this, or set DEEPSEEK_NVRTC to another version";

  private final SymbolLookup library;
  private final NativeFunction version = function("nvrtcVersion", ADDRESS, ADDRESS);
  private final NativeFunction architectureCount = function("nvrtcGetNumSupportedArchs", ADDRESS);
  private final NativeFunction architectures = function("nvrtcGetSupportedArchs", ADDRESS);
  private final NativeFunction create =
      function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
  private final NativeFunction compile =
      function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
  private final NativeFunction logSize = function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
  private final NativeFunction log = function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
  private final NativeFunction cubinSize = function("nvrtcGetCUBINSize", ADDRESS, ADDRESS);
  private final NativeFunction cubin = function("nvrtcGetCUBIN", ADDRESS, ADDRESS);
  private final NativeFunction ptxSize = function("nvrtcGetPTXSize", ADDRESS, ADDRESS);
  private final NativeFunction ptx = function("nvrtcGetPTX", ADDRESS, ADDRESS);
  private final NativeFunction destroy = function("nvrtcDestroyProgram", ADDRESS);
  private final NativeFunction errorName;

  Nvrtc(SymbolLookup library) {
    // Assigned first, because the functions above are looked up in it.
    this.library = library;
    super();
    errorName = NativeFunction.of(library, "nvrtcGetErrorString", ADDRESS, JAVA_INT);
  }

  private NativeFunction function(String name, MemoryLayout... arguments) {
    if (library.find(name).isEmpty()) {
      throw new KernelException(
          "open nvrtc", "one that has " + name, "one without", "install CUDA 12 or newer");
    }
    return NativeFunction.of(library, name, JAVA_INT, arguments);
  }

  /**
   * Loads the first one found.
   *
   * @throws KernelException if there is none
   */
  public static Nvrtc open() {
    return found().findFirst().orElseThrow(Nvrtc::absent);
  }

  private static KernelException absent() {
    return new KernelException(
        "open nvrtc",
        "the library libnvrtc",
        "none in DEEPSEEK_NVRTC, CUDA_PATH or the system's folders",
        "install CUDA, or pip install nvidia-cuda-nvrtc and set DEEPSEEK_NVRTC");
  }

  /** All that are installed, loaded lazily. */
  static Stream<Nvrtc> found() {
    return Stream.concat(
            folders().flatMap(Nvrtc::inFolder).flatMap(path -> loaded(path).stream()),
            NAMES.stream().flatMap(name -> loaded(name).stream()))
        .map(Nvrtc::new);
  }

  /**
   * The first one that supports the GPU and is no newer than its driver, so that its code can be
   * loaded; otherwise one that can generate any code for it.
   */
  static Nvrtc fitting(Stream<Nvrtc> found, CudaVersion driver, int capability) {
    List<Nvrtc> others = new ArrayList<>();
    for (Nvrtc nvrtc : (Iterable<Nvrtc>) found::iterator) {
      if (nvrtc.isTakenBy(driver) && nvrtc.architectures().contains(capability)) {
        return nvrtc;
      }
      others.add(nvrtc);
    }
    Nvrtc first = others.stream().findFirst().orElseThrow(Nvrtc::absent);
    return others.stream()
        .filter(nvrtc -> nvrtc.architectures().getFirst() <= capability)
        .min(Comparator.comparingInt(nvrtc -> nvrtc.isTakenBy(driver) ? 0 : 1))
        .orElse(first);
  }

  private boolean isTakenBy(CudaVersion driver) {
    return version().major() <= driver.major();
  }

  private static Stream<Path> folders() {
    Stream<Path> own =
        setting("DEEPSEEK_NVRTC")
            .map(path -> Files.isDirectory(path) ? path : path.toAbsolutePath().getParent())
            .flatMap(Stream::ofNullable);
    Stream<Path> installed =
        Stream.concat(
                Stream.of("CUDA_PATH", "CUDA_HOME").flatMap(Nvrtc::setting),
                Stream.of(Path.of("/usr/local/cuda")))
            .flatMap(cuda -> Stream.of(cuda.resolve("lib64"), cuda.resolve("bin")));
    return Stream.concat(own, installed).filter(Files::isDirectory);
  }

  private static Stream<Path> setting(String name) {
    return Stream.ofNullable(System.getenv(name)).filter(v -> !v.isBlank()).map(Path::of);
  }

  /** The library in a folder, after loading the one that it opens by name. */
  private static Stream<Path> inFolder(Path folder) {
    List<Path> found = files(folder, name -> NAMES.contains(name) || name.startsWith("nvrtc64_"));
    if (!found.isEmpty()) {
      files(folder, name -> name.contains("nvrtc-builtins") && !name.contains("alt"))
          .forEach(Nvrtc::loaded);
    }
    return found.stream();
  }

  private static List<Path> files(Path folder, Predicate<String> wanted) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> wanted.test(Objects.toString(path.getFileName())))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Optional<SymbolLookup> loaded(Path library) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(library, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<SymbolLookup> loaded(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  CudaVersion version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(JAVA_INT, 2);
      check("ask nvrtc for its version", version.status(numbers, numbers.asSlice(4)));
      return new CudaVersion(numbers.get(JAVA_INT, 0), numbers.get(JAVA_INT, 4));
    }
  }

  /** The compute capabilities it supports, such as 90 for 9.0, oldest first. */
  List<Integer> architectures() {
    String operation = "ask nvrtc for its architectures";
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_INT);
      check(operation, architectureCount.status(count));
      MemorySegment all = arena.allocate(JAVA_INT, count.get(JAVA_INT, 0));
      check(operation, architectures.status(all));
      return IntStream.of(all.toArray(JAVA_INT)).sorted().boxed().toList();
    }
  }

  /**
   * The architecture to compile for: the GPU's own, or an older one of the same major version; for
   * a major version newer than this compiler, PTX, which the driver compiles.
   */
  String architecture(int capability) {
    List<Integer> known = architectures();
    int best =
        known.stream()
            .filter(one -> one <= capability)
            .max(Comparator.naturalOrder())
            .orElseThrow(
                () ->
                    new KernelException(
                        "open cuda",
                        "an nvrtc that knows sm_" + capability,
                        "nvrtc %s, from sm_%d on".formatted(version(), known.getFirst()),
                        "set DEEPSEEK_NVRTC to that of an older CUDA"));
    return (best / 10 == capability / 10 ? "sm_" : VIRTUAL) + best;
  }

  /** Passes the cached result of {@link #compile} to {@code loader}. */
  <T> T load(
      KernelCache cache,
      String name,
      String source,
      String architecture,
      Function<byte[], T> loader) {
    List<String> options = options(architecture);
    return cache.use(
        new KernelCache.Key(
            name,
            isVirtual(architecture) ? "ptx" : "cubin",
            List.of(source, String.join(" ", options), "nvrtc " + version())),
        () -> compile(name, source, architecture),
        loader);
  }

  private static boolean isVirtual(String architecture) {
    return architecture.startsWith(VIRTUAL);
  }

  private static List<String> options(String architecture) {
    return List.of("--gpu-architecture=" + architecture, "-default-device");
  }

  /**
   * Compiles {@code source} to machine code (a cubin) for an architecture such as sm_90, or to PTX
   * for one such as compute_90.
   */
  public byte[] compile(String name, String source, String architecture) {
    String operation = "compile " + name + " for " + architecture;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      MemorySegment text = arena.allocateFrom(source);
      MemorySegment file = arena.allocateFrom(name + ".cu");
      check(operation, create.status(handle, text, file, 0, NULL, NULL));
      MemorySegment program = handle.get(ADDRESS, 0);
      try {
        compile(operation, program, options(architecture), arena);
        return isVirtual(architecture)
            ? code(operation, program, ptxSize, ptx)
            : code(operation, program, cubinSize, cubin);
      } finally {
        destroy.status(handle);
      }
    }
  }

  private void compile(String operation, MemorySegment program, List<String> wanted, Arena arena) {
    MemorySegment options = arena.allocate(ADDRESS, wanted.size());
    for (int i = 0; i < wanted.size(); i++) {
      options.setAtIndex(ADDRESS, i, arena.allocateFrom(wanted.get(i)));
    }
    int status = compile.status(program, wanted.size(), options);
    if (status != 0) {
      String said = firstError(program, arena).orElseGet(() -> name(status));
      throw new KernelException(operation, "nvrtc " + version() + " to take it", said, REPORT);
    }
  }

  private byte[] code(
      String operation, MemorySegment program, NativeFunction sizes, NativeFunction bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      check(operation, sizes.status(program, size));
      MemorySegment made = arena.allocate(size.get(JAVA_LONG, 0));
      check(operation, bytes.status(program, made));
      return made.toArray(JAVA_BYTE);
    }
  }

  private Optional<String> firstError(MemorySegment program, Arena arena) {
    MemorySegment size = arena.allocate(JAVA_LONG);
    check("read nvrtc's log", logSize.status(program, size));
    MemorySegment text = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
    check("read nvrtc's log", log.status(program, text));
    return text.getString(0).lines().filter(line -> line.contains("error")).findFirst();
  }

  private void check(String operation, int status) {
    if (status != 0) {
      throw new KernelException(operation, "NVRTC_SUCCESS", name(status), REPORT);
    }
  }

  /** The name of a status, such as NVRTC_ERROR_OUT_OF_MEMORY. */
  private String name(int status) {
    return errorName.pointer(status).reinterpret(256).getString(0);
  }
}
