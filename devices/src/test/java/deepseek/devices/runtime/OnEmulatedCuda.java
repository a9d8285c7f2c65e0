package deepseek.devices.runtime;

import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test on its own emulation of NVIDIA's driver, with a cache for the class. */
class OnEmulatedCuda {
  @TempDir static Path kernels;

  EmulatedCuda cuda;
  KernelCache cache;

  @BeforeEach
  void load() {
    cuda = Presence.require(EmulatedCuda.NAME, EmulatedCuda::load);
    cache = new KernelCache(kernels);
  }
}
