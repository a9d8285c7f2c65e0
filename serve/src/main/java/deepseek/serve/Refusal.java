package deepseek.serve;

import deepseek.serve.http.ApiException;
import deepseek.serve.http.ErrorShape;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;

/** Words what HTTP itself refuses as the APIs do. */
final class Refusal implements DirectHandler {
  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiException.Kind kind =
        status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413_CODE
            ? ApiException.Kind.TOO_LARGE
            : status.code() < Status.INTERNAL_SERVER_ERROR_500_CODE
                ? ApiException.Kind.INVALID
                : ApiException.Kind.INTERNAL;
    ApiException error =
        ApiException.of(
            kind,
            "read the request",
            "one of HTTP within the server's limits",
            status.text(),
            "change the request");
    ErrorShape shape = request.path().startsWith("/api/") ? ErrorShape.OLLAMA : ErrorShape.OPENAI;
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(false)
        .entity(shape.of(error).toString().getBytes(StandardCharsets.UTF_8))
        .build();
  }
}
