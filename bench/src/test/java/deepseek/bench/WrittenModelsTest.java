package deepseek.bench;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.generate.GenerationOptions;
import deepseek.store.gguf.GgufFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class WrittenModelsTest {
  @TempDir Path folder;

  private static void run(String... arguments) {
    assertThat(Main.commandLine().execute(arguments)).isZero();
  }

  private static String answer(String model) {
    try (CausalLm lm = AutoModel.causalLm(model)) {
      return lm.generate("the sky", GenerationOptions.defaults().withMaxNewTokens(6), text -> {})
          .text();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "q8_0", "BF16"})
  void randomLlamaIsAWholeModel(String type) {
    String file = folder.resolve("random.gguf").toString();
    run("random-gguf", "--out", file, "--type", type, "--size", "tiny");
    assertThat(answer(file)).isNotEmpty();
    try (GgufFile gguf = GgufFile.open(Path.of(file))) {
      assertThat(gguf.info("blk.1.ffn_down.weight").storedType()).isEqualToIgnoringCase(type);
      assertThat(gguf.info("output_norm.weight").storedType()).isEqualTo("F32");
      assertThat(gguf.info("token_embd.weight").shape()).containsExactly(512L, 64L);
    }
  }

  @Test
  void mistakeIsOneLine() {
    StringWriter errors = new StringWriter();
    int code =
        Main.commandLine()
            .setErr(new PrintWriter(errors, true))
            .execute(
                "random-gguf",
                "--out",
                folder.resolve("x.gguf").toString(),
                "--type",
                "Q4_K",
                "--size",
                "tiny");
    assertThat(code).isEqualTo(1);
    assertThat(errors.toString()).startsWith("bench: write GGUF: expected F32").hasLineCount(1);
    assertThat(folder.resolve("x.gguf")).doesNotExist();
  }

  @Test
  void eachBenchmarkHasHelp() {
    assertThat(Main.commandLine().getSubcommands().keySet())
        .allSatisfy(
            name -> {
              StringWriter help = new StringWriter();
              int code =
                  Main.commandLine().setOut(new PrintWriter(help, true)).execute(name, "--help");
              assertThat(code).isZero();
              assertThat(help.toString()).contains("Usage: bench " + name);
            });
  }

  @Test
  void requantisedModelSaysTheSameInAnotherType() {
    String file = folder.resolve("f32.gguf").toString();
    run("requantise", "--model", Soak.TINY, "--type", "F32", "--out", file);
    String again = folder.resolve("q8.gguf").toString();
    run("requantise", "--model", file, "--type", "Q8_0", "--out", again);
    try (GgufFile gguf = GgufFile.open(Path.of(again));
        GgufFile original = GgufFile.open(Path.of(Soak.TINY))) {
      assertThat(gguf.info("blk.1.ffn_down.weight").storedType()).isEqualTo("Q8_0");
      assertThat(gguf.info("blk.1.attn_norm.weight").storedType()).isEqualTo("F32");
      assertThat(gguf.metadata().requireWhole("general.file_type")).isEqualTo(7);
      assertThat(gguf.metadata().keys()).containsAll(original.metadata().keys());
      assertThat(gguf.names()).containsExactlyInAnyOrderElementsOf(original.names());
    }
    assertThat(answer(file)).isEqualTo(answer(Soak.TINY));
  }

  @ParameterizedTest
  @ValueSource(ints = {258, 300, 70_000, 128_256})
  void madeUpVocabularyHasEachTokenOnceAndAMergeForEach(int size) {
    MadeUpVocabulary vocabulary = MadeUpVocabulary.ofSize(size);
    assertThat(vocabulary.tokens()).hasSize(size);
    assertThat(new HashSet<>(vocabulary.tokens())).hasSize(size);
    assertThat(vocabulary.merges()).hasSize(size - 258);
    HashSet<String> known = new HashSet<>(vocabulary.tokens());
    assertThat(vocabulary.merges())
        .allMatch(merge -> known.containsAll(List.of(merge.split(" "))))
        .allMatch(merge -> known.contains(merge.replace(" ", "")));
    assertThat(vocabulary.kinds()).hasSize(size).endsWith(3, 3).startsWith(1);
  }
}
