package deepseek.devices.runtime;

import deepseek.kernel.runtime.KernelCache;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lwjgl.system.Configuration;

/**
 * Where LWJGL unpacks its libraries, and that it does so in silence: by itself it takes a folder of
 * a name that anybody can make first, and tells the terminal of each library that is nowhere.
 */
final class Lwjgl {
  private Lwjgl() {}

  /** To be called before anything else of it is touched; the first cache that is given stays. */
  static synchronized void prepare(KernelCache cache) {
    if (Configuration.SHARED_LIBRARY_EXTRACT_PATH.get() == null) {
      Path folder = cache.closedFolder("lwjgl");
      Configuration.SHARED_LIBRARY_EXTRACT_PATH.set(folder.toString());
      // The JVM warns of each program that uses sun.misc.Unsafe.
      Configuration.MEMORY_BACKEND.set("ffm");
      Configuration.DEBUG_STREAM.set(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }
  }
}
