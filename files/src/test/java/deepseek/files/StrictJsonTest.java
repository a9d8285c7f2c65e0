package deepseek.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void readsTheNumbersThatPythonWrites() {
    ObjectNode read =
        StrictJson.object("read", bytes("{\"a\": [NaN, Infinity, -Infinity], \"b\": 1e400}"));
    assertThat(read.path("a").path(0).doubleValue()).isNaN();
    assertThat(read.path("a").path(1).doubleValue()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(read.path("a").path(2).doubleValue()).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void ofEqualKeysOfAConfigTheLastCounts() {
    byte[] twice = bytes("{\"a\": 1, \"a\": 2}");
    assertThat(StrictJson.config("read", twice).path("a").intValue()).isEqualTo(2);
    assertThatThrownBy(() -> StrictJson.object("read", twice))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Duplicate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{\"a\": nan}", "{\"a\": 1} x", "{\"a\": 1,}"})
  void whatPythonRefusesIsRefused(String text) {
    assertThatThrownBy(() -> StrictJson.config("read", bytes(text)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a JSON object");
  }
}
