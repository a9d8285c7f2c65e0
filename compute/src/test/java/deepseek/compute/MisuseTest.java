package deepseek.compute;

import deepseek.kernel.cpu.CompiledKernels;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is asked of tensors, weights and plans, the JVM goes on and the answer is a line. */
class MisuseTest {
  @Test
  void plansRefuseWhatDoesNotFit(@TempDir Path folder) throws IOException, InterruptedException {
    CompiledKernels.require();
    Misuse.runInChild(folder, PlanMisuse.class);
  }

  @Test
  void tensorsAndPackersRefuseWhatIsWrong(@TempDir Path folder)
      throws IOException, InterruptedException {
    CompiledKernels.require();
    Misuse.runInChild(folder, TensorMisuse.class, "12", "12");
  }

  @Test
  @Tag("fuzz")
  void tensorsRefuseWhatIsWrongManyTimes(@TempDir Path folder)
      throws IOException, InterruptedException {
    Misuse.runInChild(folder, TensorMisuse.class, "1000", "400");
  }
}
