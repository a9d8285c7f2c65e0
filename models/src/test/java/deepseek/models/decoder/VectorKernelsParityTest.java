package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.kernel.runtime.ChildJvm;
import deepseek.models.Batch;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole models with packed weights: a process without compiled kernels gives this one's logits. */
class VectorKernelsParityTest {
  private static final List<String> CASES = List.of("llama", "qwen2", "gemma3");
  private static final List<QuantizationConfig> KINDS =
      List.of(QuantizationConfig.INT4, QuantizationConfig.INT8);

  @TempDir private Path folder;

  @Test
  void logitsAreThoseOfCompiledKernels() throws Exception {
    CompiledKernels.require();
    Path said = folder.resolve("logits");
    String output =
        ChildJvm.run(
            folder,
            List.of("--add-modules=jdk.incubator.vector", "-Ddeepseek.kernels=vector"),
            Without.class,
            said.toString());
    assertThat(output).contains("the Vector API does");
    SaidLogits.assertClose(said, logits(), 2e-3f);
  }

  /** A prompt and two steps of each model. */
  private static List<Float> logits() {
    List<Float> all = new ArrayList<>();
    for (String name : CASES) {
      for (QuantizationConfig kind : KINDS) {
        try (Decoder decoder =
                new GoldenCase(name).decoder(ModelOptions.defaults().withQuantization(kind));
            Scope scope = Scope.open();
            Rng rng = Rng.seeded(5);
            Batch cache = new Batch(decoder, 32, 0)) {
          Tensor vocabulary = Tensor.scalar(decoder.config().vocabSize());
          for (int length : new int[] {9, 1, 1}) {
            Tensor ids = Tensor.rand(rng, 1, length).mul(vocabulary).to(DType.INT64);
            for (float logit : cache.forward(ids).toFloats()) {
              all.add(logit);
            }
          }
        }
      }
    }
    return all;
  }

  /** The process without. */
  static final class Without {
    private Without() {}

    public static void main(String[] arguments) throws IOException {
      SaidLogits.write(Path.of(arguments[0]), logits());
    }
  }
}
