package deepseek.kernel.cpu;

import deepseek.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An empty file in the kernels' cache, there while the compiler that is on the PATH fails: by it
 * {@code ./deepseek} knows to ask the JVM for the Vector API, which can't be had later on.
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
