package deepseek.store;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.store.safetensors.SafetensorsFile;
import deepseek.store.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The formats' own Python packages read our files: {@code mvn -pl store -am test -Ppeer
 * -Dtest=InteropTest}, where DEEPSEEK_PYTHON names a Python with these packages.
 */
@Tag("peer")
@ExtendWith(LeakCheck.class)
class InteropTest {
  private static final List<GgmlType> WRITTEN =
      List.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_0);

  @TempDir Path folder;

  @Test
  void pythonReadsWhatWasWritten() throws IOException, InterruptedException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (DType dtype : DType.values()) {
        tensors.put("t." + dtype, Tensor.of(new float[] {0, 1, -2, 3}, 2, 2).to(dtype));
      }
      SafetensorsWriter.write(folder.resolve("written.safetensors"), tensors, Map.of());
      SafetensorsWriter.writeCheckpoint(folder.resolve("sharded"), tensors, 64);
      writeGguf();

      reread();

      assertSame(SafetensorsFile.open(folder.resolve("written.safetensors")), "reread.safetensors");
      assertSame(SafetensorsCheckpoint.open(folder.resolve("sharded")), "resharded.safetensors");
      assertSame(GgufFile.open(folder.resolve("written.gguf")), "reread-gguf.safetensors");
    }
  }

  private void writeGguf() {
    GgufWriter writer =
        new GgufWriter("llama")
            .uint32("llama.block_count", 2)
            .texts("tokenizer.ggml.tokens", List.of("a", "ü"));
    try (Rng rng = Rng.seeded(1)) {
      for (GgmlType type : WRITTEN) {
        writer.tensor("t." + type, Tensor.randn(rng, 3, 64), type);
      }
    }
    writer.write(folder.resolve("written.gguf"));
  }

  private void reread() throws IOException, InterruptedException {
    String python = System.getenv().getOrDefault("DEEPSEEK_PYTHON", "python3");
    Process process =
        new ProcessBuilder(python, "../tools/interop/reread.py", folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private void assertSame(Weights ours, String theirs) {
    try (ours;
        SafetensorsFile reread = SafetensorsFile.open(folder.resolve(theirs))) {
      assertThat(reread.names()).containsExactlyInAnyOrderElementsOf(ours.names());
      for (String name : ours.names()) {
        DType dtype = reread.info(name).dtype();
        assertThat(reread.info(name).shape()).isEqualTo(ours.info(name).shape());
        assertThat(reread.load(name).toBytes())
            .as(name)
            .isEqualTo(ours.load(name, dtype, Device.CPU).toBytes());
      }
    }
  }
}
