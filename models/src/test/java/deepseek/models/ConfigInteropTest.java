package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.models.bert.BertConfig;
import deepseek.models.decoder.DecoderFamilies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Configs that our records write make transformers compute what it computed from the original ones.
 * {@code mvn -pl models -am test -Ppeer -Dtest=ConfigInteropTest}, with the Python of {@code
 * tools/interop/requirements.txt} as DEEPSEEK_PYTHON.
 */
@Tag("peer")
class ConfigInteropTest {
  /** Not known to transformers, or packed weights that our config doesn't describe. */
  private static final List<String> WITHOUT_WEIGHTS = List.of("deepseek-v3-fp8");

  private static final List<String> UNKNOWN = List.of("deepseek-moe", "deepseek-moe-every-second");

  @Test
  void transformersComputesTheSame(@TempDir Path folder) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getenv().getOrDefault("DEEPSEEK_PYTHON", "python3"));
    command.add("../tools/interop/configs.py");
    for (String name : GoldenCase.decoders()) {
      if (!UNKNOWN.contains(name)) {
        var config = DecoderFamilies.read(new GoldenCase(name).config()).config();
        command.add(written(folder.resolve(name), name, config).toString());
      }
    }
    for (String name : List.of("bert", "roberta", "xlm-roberta")) {
      var config = BertConfig.read(new GoldenCase(name).config());
      command.add(written(folder.resolve(name), name, config).toString());
    }
    try (var gguf = Checkpoint.open(Path.of("src/test/resources/gguf/llama-rope-llama3.gguf"))) {
      var config = DecoderFamilies.read(gguf.config()).config();
      command.add(written(folder.resolve("gguf"), "llama-rope-llama3", config).toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static Path written(Path target, String name, ModelConfig config) throws IOException {
    if (WITHOUT_WEIGHTS.contains(name)) {
      Files.createDirectories(target);
    } else {
      new GoldenCase(name).copyTo(target);
    }
    config.write(target.resolve("config.json"));
    return target;
  }
}
