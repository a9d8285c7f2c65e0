package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.Batch;
import deepseek.models.GoldenCase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every decoder family against transformers, in FLOAT32. */
@ExtendWith(LeakCheck.class)
class GoldenParityTest {
  private static final double TOLERANCE = 1e-4;
  private static final int STEPS = 8;
  // More sequences than a plan takes: the layers then run one by one.

  static final List<String> CASES =
      List.of(
          "deepseek-llm",
          "deepseek-moe",
          "deepseek-moe-every-second",
          "deepseek-v2",
          "deepseek-v2-bias",
          "deepseek-v2-lite",
          "deepseek-v2-lite-current",
          "deepseek-v3",
          "deepseek-v3-current",
          "deepseek-v3-fp8",
          "deepseek-v3-halves",
          "deepseek-v3-stacked",
          "gemma3",
          "gemma3-current",
          "gemma3-rope-linear",
          "gemma3-rope-linear-current",
          "llama",
          "llama-quick-gelu",
          "llama-relu2",
          "llama-rope-dynamic",
          "llama-rope-dynamic-prompt",
          "llama-rope-linear",
          "llama-rope-llama3",
          "llama-rope-llama3-current",
          "llama-rope-longrope",
          "llama-rope-longrope-current",
          "llama-rope-yarn",
          "llama-rope-yarn-current",
          "llama-rope-yarn-outer",
          "llama-tied-bias",
          "mistral",
          "mixtral",
          "mixtral-stacked",
          "qwen2",
          "qwen2-moe",
          "qwen2-moe-stacked",
          "qwen2-window",
          "qwen2-window-current",
          "qwen3",
          "qwen3-moe",
          "qwen3-moe-current");

  @Test
  void everyDecoderFolderIsCovered() {
    assertThat(CASES).containsExactlyElementsOf(GoldenCase.decoders());
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void prefillGivesTheReferencesLogitsAndHiddenStates(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      Tensor ids = golden.ids("input_ids");
      assertClose(golden.decoder().forward(ids), golden.expected("logits"));
      assertClose(golden.decoder().hiddenStates(ids), golden.expected("hidden"));
      try (Batch cache = new Batch(golden.decoder(), 64, 0, 0)) {
        assertClose(cache.forward(ids), golden.expected("logits"));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void promptsLongerThanWindowAndTrainingGiveTheReferencesLogits(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      assertClose(
          golden.decoder().forward(golden.ids("long.input_ids")), golden.expected("long.logits"));
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void tokensOneByOneGiveTheReferencesLogits(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      assertClose(oneByOne(golden, "input_ids"), golden.expected("decode_logits"));
      assertClose(oneByOne(golden, "long.input_ids"), golden.expected("long.decode_logits"));
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void tokensInChunksGiveWhatTheyGiveAtOnce(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      Tensor ids = golden.ids("input_ids");
      List<Tensor> chunks = new ArrayList<>();
      try (Batch cache = new Batch(golden.decoder(), 16, 0, 0)) {
        for (Tensor chunk : ids.split(1, 3, 1, 6, 2)) {
          chunks.add(cache.forward(chunk));
        }
      }
      assertClose(Tensor.cat(chunks, 1), golden.expected("logits"));
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void paddedRowsGiveTheReferencesLogits(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      try (Batch cache = new Batch(golden.decoder(), 64, padding(golden))) {
        Tensor logits = cache.forward(golden.ids("padded.input_ids"));
        Tensor text = golden.ids("padded.attention_mask").unsqueeze(-1).to(DType.FLOAT32);
        assertThat(logits.isFinite().all().itemLong()).isEqualTo(1);
        assertClose(logits.mul(text), golden.expected("padded.logits"));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("CASES")
  void greedyTokensAreTheReferences(String name) {
    try (var golden = new DecoderCase(name);
        var scope = Scope.open()) {
      assertThat(greedy(golden, "input_ids", 0, 0)).isEqualTo(golden.ids("generated").toLongs());
      long[] padded = greedy(golden, "padded.input_ids", padding(golden));
      if (golden.decoder().config().sameFrequencies(1, 64)) {
        assertThat(padded).isEqualTo(golden.ids("padded.generated").toLongs());
      } else {
        // transformers rotates all rows of a batch by the longest; here each is as it is alone.
        assertThat(padded).isEqualTo(eachAlone(golden));
      }
    }
  }

  /** What the padded rows give without padding, one after the other. */
  private static long[] eachAlone(DecoderCase golden) {
    int[] padding = padding(golden);
    int count = (int) golden.ids("generated").size(1);
    List<Long> all = new ArrayList<>();
    for (int row = 0; row < padding.length; row++) {
      Tensor next = golden.ids("padded.input_ids").narrow(0, row, 1);
      next = next.narrow(1, padding[row], next.size(1) - padding[row]);
      try (Batch alone = new Batch(golden.decoder(), 64, 0)) {
        for (int i = 0; i < count; i++) {
          next = alone.forwardLast(next).argmax(-1).unsqueeze(1);
          all.add(next.itemLong());
        }
      }
    }
    return all.stream().mapToLong(Long::longValue).toArray();
  }

  /** More tokens than run at a time, of which each is rotated by the whole prompt's length. */
  @Test
  void aPromptOfSeveralCallsIsRotatedByItsWholeLength() {
    try (var golden = new DecoderCase("llama-rope-dynamic-prompt");
        var scope = Scope.open()) {
      Tensor ids = golden.ids("prompt.input_ids");
      int length = (int) ids.size(1);
      int asked = (int) golden.expected("prompt.logits").size(1);
      try (Batch cache = new Batch(golden.decoder(), 1024, 0);
          Batch parts = new Batch(golden.decoder(), 1024, 0)) {
        Tensor atOnce = cache.forward(ids);
        assertClose(atOnce.narrow(1, length - asked, asked), golden.expected("prompt.logits"));
        parts.announce(length);
        parts.forwardLast(ids.narrow(1, 0, 100));
        parts.forwardLast(ids.narrow(1, 100, length - 100 - asked));
        Tensor last = parts.forward(ids.narrow(1, length - asked, asked));
        assertClose(last, golden.expected("prompt.logits"));
      }
    }
  }

  private static Tensor oneByOne(DecoderCase golden, String name) {
    Tensor ids = golden.ids(name);
    int first = (int) ids.size(1) - STEPS;
    List<Tensor> logits = new ArrayList<>();
    try (Batch cache = new Batch(golden.decoder(), 64, new int[(int) ids.size(0)])) {
      cache.forwardLast(ids.narrow(1, 0, first));
      for (int at = first; at < first + STEPS; at++) {
        logits.add(cache.forward(ids.narrow(1, at, 1)));
      }
    }
    return Tensor.cat(logits, 1);
  }

  private static int[] padding(DecoderCase golden) {
    Tensor mask = golden.ids("padded.attention_mask");
    int length = (int) mask.size(1);
    int[] padding = mask.sum(1).toInts();
    for (int row = 0; row < padding.length; row++) {
      padding[row] = length - padding[row];
    }
    return padding;
  }

  private static long[] greedy(DecoderCase golden, String prompt, int... padding) {
    int count = (int) golden.ids("generated").size(1);
    List<Tensor> chosen = new ArrayList<>();
    try (Batch cache = new Batch(golden.decoder(), 64, padding)) {
      Tensor next = golden.ids(prompt);
      for (int i = 0; i < count; i++) {
        next = cache.forwardLast(next).argmax(-1).unsqueeze(1);
        chosen.add(next);
      }
    }
    return Tensor.cat(chosen, 1).toLongs();
  }

  private static void assertClose(Tensor got, Tensor expected) {
    assertThat(got.shape()).isEqualTo(expected.shape());
    double farthest = got.sub(expected.to(DType.FLOAT32).to(Device.CPU)).abs().max().item();
    assertThat(farthest).as("largest distance from the reference").isLessThan(TOLERANCE);
  }
}
