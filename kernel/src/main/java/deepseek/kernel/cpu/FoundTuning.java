package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The {@link CpuTuning} found for this processor, stored in the kernel cache under the processor's
 * model and features, the compiler and the source.
 */
public final class FoundTuning {
  private static final System.Logger LOG = System.getLogger(FoundTuning.class.getName());

  private final KernelCache cache;
  private final KernelCache.Key key;

  /** The cache entry for this processor, compiler and features. */
  public FoundTuning(KernelCache cache, CCompiler compiler, CpuFeatures features) {
    this.cache = cache;
    this.key =
        new KernelCache.Key(
            "cpu-kernels",
            "tuning",
            List.of(
                CpuFeatures.processor(),
                features.architecture(),
                String.join(" ", features.compilerFlags()),
                compiler.version(),
                CpuKernels.source()));
  }

  /** Empty where nothing was found yet, or the entry is damaged. */
  public Optional<CpuTuning> find() {
    Optional<byte[]> kept = cache.kept(key);
    Optional<CpuTuning> found =
        kept.flatMap(bytes -> CpuTuning.parse(new String(bytes, StandardCharsets.US_ASCII)));
    if (kept.isPresent() && found.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "what tuning found can''t be read: tune products anew");
    }
    return found;
  }

  /** Stores the tuning for later processes. */
  public void remember(CpuTuning tuning) {
    cache.keep(key, tuning.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
