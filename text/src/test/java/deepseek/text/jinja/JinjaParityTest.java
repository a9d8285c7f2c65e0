package deepseek.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small templates render as in Python's Jinja2; tools/golden/jinja.py wrote them. */
class JinjaParityTest {
  /** {@code output} is null if Python fails. */
  record Case(String template, @Nullable String output) {}

  record Golden(Map<String, Object> variables, List<Case> cases) {}

  private static Golden golden() throws IOException {
    try (var in = JinjaParityTest.class.getResourceAsStream("/golden/chat/jinja.json")) {
      return new ObjectMapper()
          .readValue(Objects.requireNonNull(in), new TypeReference<Golden>() {});
    }
  }

  static Stream<Case> cases() throws IOException {
    return golden().cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void templatesGiveWhatPythonGives(Case c) throws IOException {
    Map<String, Object> variables = golden().variables;
    if (c.output == null) {
      assertThatThrownBy(() -> JinjaTemplate.parse(c.template).render(variables, Clock.systemUTC()))
          .isInstanceOf(DataException.class);
    } else {
      assertThat(JinjaTemplate.parse(c.template).render(variables, Clock.systemUTC()).text())
          .isEqualTo(c.output);
    }
  }
}
