package deepseek.kernel.cpu;

import deepseek.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An empty file in the kernel cache that exists while the compiler on the PATH fails. It tells
 * {@code ./deepseek} to start the JVM with the Vector API, which can't be enabled later.
 */
final class FailedCompiler {
  private static final System.Logger LOG = System.getLogger(FailedCompiler.class.getName());

  private final Path mark;

  FailedCompiler(Environment environment) {
    this.mark = environment.ownCache().resolve("kernels").resolve("compiler-failed");
  }

  void remember() {
    try {
      if (!Files.exists(mark)) {
        Files.createFile(mark);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the next start won''t know of the compiler: {0}", e);
    }
  }

  void forget() {
    try {
      Files.deleteIfExists(mark);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the next start asks for the Vector API: {0}", e);
    }
  }
}
