package deepseek.serve;

import deepseek.serve.http.Exchange;
import deepseek.serve.http.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** {@code GET /openapi.json}: the routes and their fields, in the words of OpenAPI. */
final class ApiDescription implements Gate.Endpoint {
  private final String json;

  ApiDescription() {
    try (InputStream in =
        Objects.requireNonNull(ApiDescription.class.getResourceAsStream("openapi.json"))) {
      this.json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void answer(Exchange exchange) {
    exchange.reply(200, "application/json", json);
  }
}
