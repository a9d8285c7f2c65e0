package deepseek.devices.runtime;

import deepseek.kernel.runtime.KernelCache;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lwjgl.system.Configuration;

/**
 * Configures where LWJGL unpacks its libraries, and silences it: by default it uses a folder with a
 * predictable name that any user could create first, and prints each library that it can't find.
 */
final class Lwjgl {
  private Lwjgl() {}

  /** Must be called before any other class of LWJGL is loaded; later calls have no effect. */
  static synchronized void prepare(KernelCache cache) {
    if (Configuration.SHARED_LIBRARY_EXTRACT_PATH.get() == null) {
      Path folder = cache.closedFolder("lwjgl");
      Configuration.SHARED_LIBRARY_EXTRACT_PATH.set(folder.toString());
      // Otherwise the JVM prints a warning about sun.misc.Unsafe.
      Configuration.MEMORY_BACKEND.set("ffm");
      Configuration.DEBUG_STREAM.set(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }
  }
}
