package deepseek.kernel.runtime;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * NVIDIA's compiler as a library: CUDA C to machine code for a GPU, which needs no GPU.
 *
 * <p>Looked for in {@code $DEEPSEEK_NVRTC} (the library or its folder), where CUDA is installed
 * ({@code $CUDA_PATH}, {@code $CUDA_HOME}, /usr/local/cuda), and where the system looks. The Python
 * package nvidia-cuda-nvrtc has it.
 */
public final class Nvrtc {
  private static final List<String> NAMES =
      List.of(
          "libnvrtc.so.13",
          "libnvrtc.so.12",
          "libnvrtc.so",
          "nvrtc64_130_0.dll",
          "nvrtc64_120_0.dll");

  private final NativeFunction version;
  private final NativeFunction create;
  private final NativeFunction compile;
  private final NativeFunction logSize;
  private final NativeFunction log;
  private final NativeFunction codeSize;
  private final NativeFunction code;
  private final NativeFunction destroy;

  private Nvrtc(SymbolLookup library) {
    version = function(library, "nvrtcVersion", ADDRESS, ADDRESS);
    create =
        function(
            library, "nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
    compile = function(library, "nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
    logSize = function(library, "nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
    log = function(library, "nvrtcGetProgramLog", ADDRESS, ADDRESS);
    codeSize = function(library, "nvrtcGetCUBINSize", ADDRESS, ADDRESS);
    code = function(library, "nvrtcGetCUBIN", ADDRESS, ADDRESS);
    destroy = function(library, "nvrtcDestroyProgram", ADDRESS);
  }

  private static NativeFunction function(
      SymbolLookup library, String name, MemoryLayout... arguments) {
    return NativeFunction.of(library, name, JAVA_INT, arguments);
  }

  public static Nvrtc open() {
    Optional<SymbolLookup> library =
        folders()
            .flatMap(Nvrtc::inFolder)
            .flatMap(path -> loaded(path).stream())
            .findFirst()
            .or(() -> NAMES.stream().flatMap(name -> loaded(name).stream()).findFirst());
    return library
        .map(Nvrtc::new)
        .orElseThrow(
            () ->
                new KernelException(
                    "open nvrtc",
                    "the library libnvrtc",
                    "none in DEEPSEEK_NVRTC, CUDA_PATH or the system's folders",
                    "install CUDA, or pip install nvidia-cuda-nvrtc and set DEEPSEEK_NVRTC"));
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

  /** The library in a folder, once the other one that it asks for by name is loaded. */
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

  /** Such as 13.2. */
  public String version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(JAVA_INT, 2);
      check("ask nvrtc for its version", version.status(numbers, numbers.asSlice(4)));
      return numbers.get(JAVA_INT, 0) + "." + numbers.get(JAVA_INT, 4);
    }
  }

  /** What {@code loader} makes of {@link #compile}'s result, which is kept in a cache. */
  <T> T load(
      KernelCache cache,
      String name,
      String source,
      String architecture,
      Function<byte[], T> loader) {
    List<String> options = options(architecture);
    return cache.use(
        new KernelCache.Key(
            name, "cubin", List.of(source, String.join(" ", options), "nvrtc " + version())),
        () -> compile(name, source, architecture),
        loader);
  }

  private static List<String> options(String architecture) {
    return List.of("--gpu-architecture=" + architecture, "-default-device");
  }

  /** Machine code (a cubin) of {@code source} for GPUs of {@code architecture}, such as sm_90. */
  public byte[] compile(String name, String source, String architecture) {
    String operation = "compile " + name + " for " + architecture;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      MemorySegment text = arena.allocateFrom(source);
      MemorySegment file = arena.allocateFrom(name + ".cu");
      check(operation, create.status(handle, text, file, 0, NULL, NULL));
      MemorySegment program = handle.get(ADDRESS, 0);
      try {
        List<String> wanted = options(architecture);
        MemorySegment options = arena.allocate(ADDRESS, wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
          options.setAtIndex(ADDRESS, i, arena.allocateFrom(wanted.get(i)));
        }
        if (compile.status(program, wanted.size(), options) != 0) {
          throw new KernelException(
              operation, "nvrtc to take it", firstError(program, arena), "report this");
        }
        MemorySegment size = arena.allocate(JAVA_LONG);
        check(operation, codeSize.status(program, size));
        MemorySegment made = arena.allocate(size.get(JAVA_LONG, 0));
        check(operation, code.status(program, made));
        return made.toArray(JAVA_BYTE);
      } finally {
        destroy.status(handle);
      }
    }
  }

  private String firstError(MemorySegment program, Arena arena) {
    MemorySegment size = arena.allocate(JAVA_LONG);
    check("read nvrtc's log", logSize.status(program, size));
    MemorySegment text = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
    check("read nvrtc's log", log.status(program, text));
    return text.getString(0)
        .lines()
        .filter(line -> line.contains("error"))
        .findFirst()
        .orElse("no message");
  }

  private static void check(String operation, int status) {
    if (status != 0) {
      throw new KernelException(
          operation, "NVRTC_SUCCESS", "nvrtc status " + status, "see NVIDIA's list of them");
    }
  }
}
