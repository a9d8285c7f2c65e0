package deepseek.models.decoder;

import deepseek.compute.Misuse;
import deepseek.kernel.cpu.CompiledKernels;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a decoder is asked, the JVM goes on and the answer is a line. */
class DecoderMisuseTest {
  @Test
  void decodersAndCachesRefuseWhatIsWrong(@TempDir Path folder)
      throws IOException, InterruptedException {
    CompiledKernels.require();
    Misuse.runInChild(folder, DecoderMisuse.class);
  }
}
