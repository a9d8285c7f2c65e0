package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.ComputeException;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.PlanRefusedException;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import deepseek.models.WeightParameters;
import deepseek.text.tokenizer.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders as plans of the CPU's kernels, against transformers and against libtorch. */
@ExtendWith(LeakCheck.class)
class PlannedEncoderTest {
  private static final double TOLERANCE = 1e-4;
  private static final int MOST = 256;

  private static Encoder open(GoldenCase golden, ConfigJson config) {
    try (var weights = golden.weights()) {
      return EncoderFamilies.build(
          config, new WeightParameters(weights, DType.FLOAT32, Device.CPU));
    }
  }

  /** The rows of a padded batch without their padding. */
  private static List<EncodedText> texts(GoldenCase golden, String prefix, boolean padded) {
    try (var scope = Scope.open()) {
      Tensor ids = golden.reference(prefix + "input_ids");
      long[] all = ids.toLongs();
      long[] mask = padded ? golden.reference("attention_mask").toLongs() : ones(all.length);
      long[] types = padded ? golden.reference("token_type_ids").toLongs() : new long[all.length];
      int columns = (int) ids.size(1);
      List<EncodedText> texts = new ArrayList<>();
      for (int start = 0; start < all.length; start += columns) {
        int length = (int) Arrays.stream(mask, start, start + columns).sum();
        texts.add(new EncodedText(ints(all, start, length), ints(types, start, length)));
      }
      return texts;
    }
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static int[] ints(long[] all, int start, int length) {
    return Arrays.stream(all, start, start + length).mapToInt(Math::toIntExact).toArray();
  }

  private static float[] reference(GoldenCase golden, String name) {
    try (var scope = Scope.open()) {
      return golden.reference(name).toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "bert-prefixed", "roberta", "xlm-roberta"})
  void textsNextToEachOtherEqualTransformers(String name) {
    GoldenCase golden = new GoldenCase(name);
    List<EncodedText> texts = texts(golden, "", true);
    float[] wanted = reference(golden, "hidden");
    int each = wanted.length / texts.size();
    try (Encoder encoder = open(golden, golden.config());
        PlannedEncoder plan = encoder.plan(MOST)) {
      float[] hidden = plan.run(texts);
      int at = 0;
      for (int text = 0; text < texts.size(); text++) {
        int count = texts.get(text).ids().length * encoder.hiddenSize();
        for (int i = 0; i < count; i++) {
          assertThat(hidden[at++])
              .as("text %d, value %d", text, i)
              .isCloseTo(wanted[text * each + i], within((float) TOLERANCE));
        }
      }
      assertThat(at).isEqualTo(hidden.length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta", "xlm-roberta"})
  void theLongestTextEqualsTransformers(String name) {
    GoldenCase golden = new GoldenCase(name);
    try (Encoder encoder = open(golden, golden.config());
        PlannedEncoder plan = encoder.plan(MOST)) {
      assertThat(plan.run(texts(golden, "long.", false)))
          .containsExactly(reference(golden, "long.hidden"), within((float) TOLERANCE));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relu", "gelu_new", "silu"})
  void otherActivationsEqualLibtorch(String activation) {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("hidden_act", activation);
    EncodedText text = texts(golden, "", true).getFirst();
    try (Encoder encoder = open(golden, config);
        PlannedEncoder plan = encoder.plan(MOST);
        var scope = Scope.open()) {
      Tensor ids = Tensor.of(text.ids(), 1, text.ids().length).to(DType.INT64);
      Tensor types = Tensor.of(text.typeIds(), 1, text.ids().length).to(DType.INT64);
      float[] wanted = encoder.forward(ids, ids.mul(0).add(1), types).toFloats();
      assertThat(plan.run(List.of(text))).containsExactly(wanted, within((float) TOLERANCE));
    }
  }

  @Test
  void anActivationThatTheKernelsLackIsRefusedByName() {
    GoldenCase golden = new GoldenCase("bert");
    ConfigJson config = golden.config();
    config.json().put("hidden_act", "quick_gelu");
    try (Encoder encoder = open(golden, config)) {
      assertThatThrownBy(() -> encoder.plan(MOST))
          .isInstanceOf(PlanRefusedException.class)
          .hasMessageContaining("quick_gelu");
    }
  }

  /** A literal padding token has its own position, and those after it aren't counted on. */
  @Test
  void aPaddingTokenInsideATextEqualsLibtorch() {
    GoldenCase golden = new GoldenCase("roberta");
    EncodedText text = new EncodedText(new int[] {0, 7, 1, 9, 1, 2}, new int[6]);
    try (Encoder encoder = open(golden, golden.config());
        PlannedEncoder plan = encoder.plan(MOST);
        var scope = Scope.open()) {
      Tensor ids = Tensor.of(text.ids(), 1, 6).to(DType.INT64);
      float[] wanted = encoder.forward(ids, ids.mul(0).add(1), ids.mul(0)).toFloats();
      assertThat(plan.run(List.of(text))).containsExactly(wanted, within((float) TOLERANCE));
    }
  }

  @Test
  void aTextHasTheSameVectorsAloneAndAmongOthers() {
    GoldenCase golden = new GoldenCase("xlm-roberta");
    List<EncodedText> texts = new ArrayList<>(texts(golden, "", true));
    texts.addAll(texts(golden, "long.", false));
    try (Encoder encoder = open(golden, golden.config());
        PlannedEncoder plan = encoder.plan(MOST)) {
      float[] together = plan.run(texts);
      int at = 0;
      for (EncodedText text : texts) {
        float[] alone = plan.run(List.of(text));
        float[] among = Arrays.copyOfRange(together, at, at + alone.length);
        assertThat(among).containsExactly(alone, within(1e-5f));
        at += alone.length;
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    GoldenCase golden = new GoldenCase("bert");
    try (Encoder encoder = open(golden, golden.config())) {
      PlannedEncoder plan = encoder.plan(8);
      assertRefused(plan, "1 to 8 tokens", new EncodedText(new int[9], new int[9]));
      assertRefused(plan, "at least one in each text", new EncodedText(new int[0], new int[0]));
      assertRefused(plan, "rows from 0 to", new EncodedText(new int[] {-1}, new int[1]));
      assertRefused(plan, "rows from 0 to 1 of", new EncodedText(new int[1], new int[] {2}));
      plan.close();
      plan.close();
      assertRefused(plan, "an open plan", new EncodedText(new int[1], new int[1]));
    }
  }

  private static void assertRefused(PlannedEncoder plan, String message, EncodedText text) {
    assertThatThrownBy(() -> plan.run(List.of(text)))
        .isInstanceOf(ComputeException.class)
        .hasMessageContaining(message);
  }

  @Test
  void weightsThatAreClosedAreRefused() {
    GoldenCase golden = new GoldenCase("bert");
    Encoder encoder = open(golden, golden.config());
    try (PlannedEncoder plan = encoder.plan(8)) {
      encoder.close();
      assertRefused(plan, "closed", new EncodedText(new int[1], new int[1]));
    }
  }

  /** What rounding does to vectors of random weights; real ones are in docs/embeddings.md. */
  @ParameterizedTest
  @CsvSource({
    "BFLOAT16, NONE, 16, 0.999",
    "FLOAT16, NONE, 16, 0.99999",
    "FLOAT32, INT8, 16, 0.999",
    "FLOAT32, INT8, 8, 0.999",
    "FLOAT32, INT4, 16, 0.95",
    "FLOAT32, INT4, 8, 0.95",
  })
  void fewerBitsStayClose(
      DType dtype, QuantizationConfig.WeightBits bits, int activationBits, float least) {
    GoldenCase golden = new GoldenCase("sentence-mean");
    ModelOptions options =
        ModelOptions.defaults()
            .withDtype(dtype)
            .withQuantization(new QuantizationConfig(bits, activationBits));
    try (var exact = SentenceEncoder.open(golden.folder());
        var rounded = SentenceEncoder.open(golden.folder(), options)) {
      List<float[]> wanted = exact.encode(golden.sentences());
      List<float[]> vectors = rounded.encode(golden.sentences());
      for (int i = 0; i < vectors.size(); i++) {
        assertThat(SentenceEncoder.cosine(vectors.get(i), wanted.get(i)))
            .as(golden.sentences().get(i))
            .isGreaterThanOrEqualTo(least);
      }
    }
  }
}
