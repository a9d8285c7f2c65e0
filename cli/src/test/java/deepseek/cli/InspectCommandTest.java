package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class InspectCommandTest {
  @Test
  void groupsLikeTensorsAndAddsThemUp() {
    Ran ran = Ran.deepseek("inspect", Models.TINY);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .containsPattern("model_type +llama")
        .containsPattern(
            "model\\.layers\\.\\*\\.mlp\\.up_proj\\.weight +2 +96 x 64 +Q4_1 +12\\.3 k")
        .containsPattern("total +20 +79\\.0 k +58\\.0 kB")
        .containsPattern("fp32 +316 kB")
        .containsPattern("int4 +44\\.9 kB");
  }

  @Test
  void aFileOfSafetensorsIsReadWithTheConfigBesideIt() {
    String folder = Ran.deepseek("inspect", Models.MOE).out();
    String file = Ran.deepseek("inspect", Models.MOE + "/model.safetensors").out();
    assertThat(file.lines().skip(2)).containsExactlyElementsOf(folder.lines().skip(2).toList());
  }

  @Test
  void expertsShareARow() {
    assertThat(Ran.deepseek("inspect", Models.MOE).out())
        .contains("mlp.experts.*.up_proj.weight")
        .doesNotContain("experts.0.");
  }

  @Test
  void jsonHasTheSameNumbers() throws Exception {
    JsonNode json =
        new ObjectMapper().readTree(Ran.deepseek("inspect", Models.MOE, "--json").out());
    assertThat(json.path("config").path("model_type").asText()).isEqualTo("deepseek");
    long values = 0;
    for (JsonNode parameter : json.path("parameters")) {
      long product = parameter.path("count").asLong();
      for (JsonNode size : parameter.path("shape")) {
        product *= size.asLong();
      }
      assertThat(parameter.path("values").asLong()).isEqualTo(product);
      values += product;
    }
    assertThat(json.path("total").path("values").asLong()).isEqualTo(values).isPositive();
    assertThat(json.path("memory_bytes").path("fp32").asLong()).isEqualTo(4 * values);
  }

  @Test
  void unreadableFolderIsOneLine() {
    Ran ran = Ran.deepseek("inspect", "./no/such/folder");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).hasLineCount(1);
  }
}
