package deepseek.kernel.cpu;

import deepseek.Environment;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import java.util.Iterator;
import java.util.Optional;

/**
 * Which kernels this process uses: compiled C, else the Vector API, else none. A line is logged
 * unless it is compiled C.
 *
 * <p>The property {@code deepseek.kernels}, or {@code DEEPSEEK_KERNELS} in the environment, is
 * {@code off} for none and {@code vector} for the Vector API only.
 */
final class KernelChoice {
  private static final System.Logger LOG = System.getLogger(KernelChoice.class.getName());

  private static final class Made {
    static final Optional<PackedKernels> KERNELS =
        make(
            Optional.ofNullable(
                System.getProperty("deepseek.kernels", System.getenv("DEEPSEEK_KERNELS"))));
  }

  private KernelChoice() {}

  /** Compiled on first use, which takes seconds, and found in the cache from then on. */
  static Optional<PackedKernels> made() {
    return Made.KERNELS;
  }

  private static Optional<PackedKernels> make(Optional<String> wanted) {
    return switch (wanted.orElse("")) {
      case "off" -> {
        LOG.log(System.Logger.Level.DEBUG, "kernels are off, libtorch does all");
        yield Optional.empty();
      }
      case "vector" -> inJava("deepseek.kernels is vector");
      case "" -> compiled();
      default -> {
        LOG.log(
            System.Logger.Level.WARNING,
            "choose kernels: expected DEEPSEEK_KERNELS (deepseek.kernels) to be vector or off, got"
                + " {0}; compiled ones are used",
            wanted.get());
        yield compiled();
      }
    };
  }

  private static Optional<PackedKernels> compiled() {
    String reason =
        "no C compiler (cc, gcc, clang, CC, or org.bytedeco:llvm on the class path; got "
            + CCompiler.missing()
            + ")";
    FailedCompiler failed = new FailedCompiler(Environment.ofProcess());
    Iterator<CCompiler> compilers = CCompiler.all().iterator();
    while (compilers.hasNext()) {
      try {
        KernelCache cache = KernelCache.ofUser();
        CCompiler compiler = compilers.next();
        CpuFeatures features = TileCheck.usable(CpuFeatures.detect(), cache, compiler);
        CpuTuning tuning =
            new FoundTuning(cache, compiler, features).find().orElse(CpuTuning.USUAL);
        CompiledCode code = new CompiledCode(cache, compiler);
        CpuKernels kernels = CpuKernels.compiled(code, features, tuning);
        failed.forget();
        return Optional.of(kernels);
      } catch (KernelException e) {
        failed.remember();
        reason = String.valueOf(e.getMessage());
      }
    }
    return inJava(reason);
  }

  private static Optional<PackedKernels> inJava(String reason) {
    if (VectorKernels.isAvailable()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the Vector API does what compiled kernels would do faster: {0}",
          reason);
      return Optional.of(VectorKernels.started());
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "libtorch does what our kernels would do faster: {0}; the JVM''s option --add-modules {1}"
            + " helps without one",
        reason,
        VectorKernels.MODULE);
    return Optional.empty();
  }
}
