package deepseek.models.decoder;

import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.compute.Libtorch;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.kernel.runtime.ChildJvm;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole models in a process that never loads libtorch say what they say in this one, which has. */
class WithoutLibtorchTest {
  private static final Path LIBRARIES = Path.of("/proc/self/maps");

  /** The other families' weights are put together by libtorch when they are read. */
  private static final List<String> CASES =
      PlannedDecoderTest.planned().stream()
          .filter(name -> !name.equals("deepseek-v3-fp8"))
          .toList();

  private static final List<QuantizationConfig> KINDS =
      List.of(QuantizationConfig.NONE, QuantizationConfig.INT4);

  @TempDir private Path folder;

  @Test
  void everyFamilyRunsOnKernelsAlone() throws Exception {
    CompiledKernels.require();
    assumeThat(LIBRARIES).as("a list of loaded libraries").isReadable();
    Path said = folder.resolve("logits");
    ChildJvm.run(folder, List.of(), Without.class, said.toString());
    Libtorch.load();
    SaidLogits.assertClose(said, logits(), 1e-5f);
  }

  /** Of the last token of a prompt, for which the cache grows, and of two steps of each model. */
  private static List<Float> logits() throws IOException {
    List<Float> all = new ArrayList<>();
    for (String name : CASES) {
      for (QuantizationConfig kind : KINDS) {
        try (Decoder decoder =
                new GoldenCase(name).decoder(ModelOptions.defaults().withQuantization(kind));
            KvCache cache = decoder.newCache(300)) {
          Random random = new Random(5);
          for (int length : new int[] {250, 10, 1}) {
            int[] ids = random.ints(length, 0, decoder.config().vocabSize()).toArray();
            for (float logit : decoder.step(List.of(new Span(cache, ids, 1)), 0).all(0)) {
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
      if (Files.readString(LIBRARIES).contains("libtorch")) {
        System.out.println("libtorch was loaded");
        System.exit(1);
      }
    }
  }
}
