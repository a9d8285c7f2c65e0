package deepseek.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.LeakCheck;
import deepseek.compute.Tensor;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class OwnEngineTest {
  private static final String MOE = "../models/src/test/resources/golden/deepseek-moe";

  @Test
  void runsBothKindsOfWorkload() {
    try (OwnEngine engine = new OwnEngine(decoder(), OptionalInt.empty())) {
      for (Workload.Kind kind : Workload.Kind.values()) {
        assertThat(engine.seconds(new Workload(kind, 5))).isPositive();
      }
    }
  }

  @Test
  void cachesAreAsLargeAsAskedFor() {
    try (OwnEngine engine = new OwnEngine(decoder(), OptionalInt.of(4))) {
      Workload fits = new Workload(Workload.Kind.GENERATION, 4);
      Workload tooLong = new Workload(Workload.Kind.GENERATION, 5);
      assertThat(engine.contextLength()).isEqualTo(4);
      assertThat(engine.seconds(fits)).isPositive();
      assertThatThrownBy(() -> engine.seconds(tooLong)).isInstanceOf(DeepseekException.class);
    }
  }

  @Test
  void tokenReadsChosenExpertsAndNoEmbeddingTableBesideAnOutputLayer() {
    Decoder decoder = decoder();
    long experts = 0;
    long rest = 0;
    for (Map.Entry<String, Tensor> parameter : decoder.fullState().entrySet()) {
      long bytes = 4 * parameter.getValue().numel();
      if (parameter.getKey().contains(".experts.")) {
        experts += bytes;
      } else if (!parameter.getKey().contains("embed_tokens")) {
        rest += bytes;
      }
    }
    assertThat(experts).isPositive();
    try (OwnEngine engine = new OwnEngine(decoder, OptionalInt.empty())) {
      assertThat(engine.bytesPerToken(1)).isEqualTo(experts + rest);
      assertThat(engine.bytesPerToken(0.5)).isEqualTo(experts / 2 + rest);
    }
  }

  private static Decoder decoder() {
    Decoder decoder =
        AutoModel.fromPretrained(MOE, ModelOptions.defaults().withDtype(DType.FLOAT32));
    assertThat(decoder.config().tieWordEmbeddings()).isFalse();
    return decoder;
  }
}
