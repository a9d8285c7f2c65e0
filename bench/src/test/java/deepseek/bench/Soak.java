package deepseek.bench;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import java.util.ArrayList;
import java.util.List;

/** What the memory tests do many times. */
final class Soak {
  /** 2 layers, random weights, a tokenizer; tools/warm-up/make.py made it. */
  static final String TINY = "../tools/warm-up/tiny.gguf";

  private static final List<String> PROMPTS =
      List.of("The sky", "Once upon a time there was", "1, 2, 3, 4, 5, 6,", "¿Qué?");

  private Soak() {}

  static void answer(CausalLm model, int times) {
    for (int i = 0; i < times; i++) {
      GenerationOptions options = GenerationOptions.defaults().withMaxNewTokens(4 + i % 13);
      Generation answer = model.generate(PROMPTS.get(i % PROMPTS.size()), options, text -> {});
      assertThat(answer.ids()).isNotEmpty();
    }
  }

  static void answerInBatches(CausalLm model, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(model.generateBatch(PROMPTS, GenerationOptions.defaults().withMaxNewTokens(4)))
          .hasSameSizeAs(PROMPTS);
    }
  }

  static void openAndClose(String model, int times) {
    for (int i = 0; i < times; i++) {
      try (CausalLm opened = AutoModel.causalLm(model)) {
        answer(opened, 1);
      }
    }
  }

  /** Resident bytes once what is garbage is gone: the least of a few looks. */
  static long resident() {
    List<Long> looks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      System.gc();
      looks.add(Memory.resident());
    }
    return looks.stream().min(Long::compare).orElseThrow();
  }
}
