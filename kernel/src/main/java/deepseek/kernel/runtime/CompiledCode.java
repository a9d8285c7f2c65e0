package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * C code as a shared library, compiled once per source, flags (which name the processor's features)
 * and compiler.
 */
public final class CompiledCode {
  private static final System.Logger LOG = System.getLogger(CompiledCode.class.getName());

  /** Names already announced in the log: a tuner compiles many variants of one name. */
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private final KernelCache cache;
  private final CCompiler compiler;

  /** Compiles with {@code compiler} into {@code cache}. */
  public CompiledCode(KernelCache cache, CCompiler compiler) {
    this.cache = cache;
    this.compiler = compiler;
  }

  /**
   * The library of this source, compiled unless it is cached.
   *
   * @throws KernelException if the compiler rejects it
   */
  public Path library(String name, String source, List<String> flags) {
    String guarded = OwnMachine.guard(flags) + source;
    KernelCache.Key key =
        new KernelCache.Key(
            name, "so", List.of(guarded, String.join(" ", flags), compiler.version()));
    return cache.file(
        key,
        library -> {
          LOG.log(
              SAID.add(name + compiler.version())
                  ? System.Logger.Level.INFO
                  : System.Logger.Level.DEBUG,
              "compiling {0} for this processor with {1}, once ...",
              name,
              compiler.version());
          Path code = library.resolveSibling(name + ".c");
          Files.writeString(code, guarded);
          compiler.compile(code, library, flags);
        });
  }
}
