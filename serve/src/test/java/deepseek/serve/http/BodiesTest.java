package deepseek.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BodiesTest {
  private final Bodies bodies = new Bodies(Limits.defaults().withBodyBytes(1000));

  private static InputStream of(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void bodiesMayBeAsLongAsTheLimit() {
    String body = "{\"a\": \"" + "x".repeat(1000 - 9) + "\"}";
    assertThat(body).hasSize(1000);
    assertThat(bodies.read(of(body)).path("a").asText()).hasSize(991);
    assertThatThrownBy(() -> bodies.read(of(body + " ")))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.kind()).isEqualTo(ApiException.Kind.TOO_LARGE));
  }

  @Test
  void jsonMayBeAsDeepAsTheLimit() {
    int most = Limits.defaults().jsonDepth();
    assertThat(bodies.read(of(nested(most))).has("a")).isTrue();
    assertThatThrownBy(() -> bodies.read(of(nested(most + 1))))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.kind()).isEqualTo(ApiException.Kind.INVALID));
  }

  private static String nested(int depth) {
    return "{\"a\": " + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}";
  }
}
