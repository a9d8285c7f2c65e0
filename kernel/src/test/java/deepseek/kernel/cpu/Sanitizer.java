package deepseek.kernel.cpu;

import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.NativeMemory;
import deepseek.kernel.runtime.Presence;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * AddressSanitizer for the kernels, in a separate process: any access of the C beyond a heap or
 * stack buffer ends that process with a report.
 *
 * <p>Memory that Java allocates for kernels comes from the sanitizer too, and ends exactly at the
 * requested size.
 */
enum Sanitizer {
  /** Several threads. */
  TEAMS(List.of(), Map.of()),
  /**
   * One thread, with its thread-local buffers made global: the sanitizer doesn't check thread-local
   * ones.
   */
  ALONE(List.of("-D_Thread_local="), Map.of("OMP_THREAD_LIMIT", "1"));

  private static final String MODE = "deepseek.test.sanitizer";
  private static final Duration LIMIT = Duration.ofMinutes(20);

  /**
   * Makes up for the additional cache line that {@link NativeMemory#zeros} allocates for alignment.
   */
  private static final String GUARD =
      """
      #include <stdlib.h>
      #include <string.h>
      void *calloc(size_t bytes, size_t one) {
        void *memory;
        bytes = bytes * one - 64;
        return posix_memalign(&memory, 64, bytes) ? NULL : memset(memory, 0, bytes);
      }
      """;

  private final List<String> flags;
  private final Map<String, String> environment;

  Sanitizer(List<String> flags, Map<String, String> environment) {
    this.flags = flags;
    this.environment = environment;
  }

  /** Compiles kernels for this process: with the sanitizer only in child processes. */
  static CompiledCode code() {
    String mode = System.getProperty(MODE);
    return mode == null
        ? new CompiledCode(KernelCache.ofUser(), Presence.compiler())
        : sanitized(Sanitizer.valueOf(mode).flags);
  }

  private static CompiledCode sanitized(List<String> more) {
    Path folder = Path.of("target", "sanitizer").toAbsolutePath();
    return new CompiledCode(new KernelCache(folder), compiler(more));
  }

  private static CCompiler compiler(List<String> more) {
    CCompiler usual = Presence.compiler();
    List<String> arguments = new ArrayList<>(usual.arguments());
    arguments.addAll(List.of("-O1", "-g", "-fsanitize=address"));
    arguments.addAll(more);
    return new CCompiler(
        usual.command(), usual.version() + arguments, arguments, usual.environment(), LIMIT);
  }

  /**
   * Environment variables of a process that runs under it; skips the test if the compiler has no
   * sanitizer.
   */
  Map<String, String> environment() throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("LD_PRELOAD", runtime());
    // The JVM handles signals itself; what it holds until its end is not a leak.
    all.put(
        "ASAN_OPTIONS",
        "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0"
            + ":detect_leaks=0:alloc_dealloc_mismatch=0");
    return all;
  }

  List<String> options() {
    Path guard = sanitized(List.of()).library("guard", GUARD, List.of());
    return List.of(
        "-Xmx1g",
        "-XX:+UseSerialGC",
        "--add-modules=jdk.incubator.vector",
        "-D" + MODE + "=" + name(),
        "-D" + NativeMemory.LIBRARY + "=" + guard);
  }

  private static String runtime() throws IOException, InterruptedException {
    List<String> command =
        Stream.concat(
                Presence.compiler().command().stream(), Stream.of("-print-file-name=libasan.so"))
            .toList();
    Process process = new ProcessBuilder(command).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    // A compiler that doesn't have the file prints the bare name.
    assumeThat(Path.of(said.strip())).as("the compiler's sanitizer").isAbsolute();
    return Path.of(said.strip()).toRealPath().toString();
  }
}
