package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.runtime.ChildJvm;
import deepseek.kernel.runtime.Presence;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a process finds the driver and the compiler, with emulated ones. */
class EmulatedCudaProcessTest {
  @TempDir private Path folder;

  @Test
  void aProcessFindsWhatItsEnvironmentNames() throws Exception {
    String libraries = Presence.require(EmulatedCuda.NAME, EmulatedCuda::folder).toString();
    Map<String, String> environment =
        Map.of(
            "LD_LIBRARY_PATH",
            libraries,
            "DEEPSEEK_NVRTC",
            libraries,
            "DEEPSEEK_CACHE",
            folder.toString(),
            "EMULATED_CUDA_BOOKS",
            "print");
    String said = ChildJvm.run(folder, environment, List.of(), Opened.class);
    assertThat(said).isEqualTo("emulated GPU 0 (no silicon), sm_89: ran\n");
  }

  /** The main class of the process. */
  static final class Opened {
    private Opened() {}

    public static void main(String[] arguments) {
      try (DeviceRuntime runtime = Backend.CUDA.open()) {
        EmulatedCuda.checkAxpy(runtime);
        System.out.println(runtime.device().replaceFirst(", driver.*", ": ran"));
      }
    }
  }
}
