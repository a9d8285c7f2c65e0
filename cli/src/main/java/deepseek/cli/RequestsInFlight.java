package deepseek.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a server how many requests it is answering. */
final class RequestsInFlight {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Pattern COUNT =
      Pattern.compile("^deepseek:http_requests_in_flight (\\S+)$", Pattern.MULTILINE);

  private RequestsInFlight() {}

  /** Empty if it doesn't say: it needs a key, its certificate is its own, it is too busy. */
  static OptionalInt of(RunningServer server, Optional<String> key) throws InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      // A server that listens on all addresses is reached by the machine's own.
      String address =
          server.address().replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(address + "/metrics")).timeout(PATIENCE);
      key.ifPresent(text -> request.header("Authorization", "Bearer " + text));
      HttpResponse<String> reply =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      Matcher count = COUNT.matcher(reply.body());
      // This request is one of them.
      return reply.statusCode() == 200 && count.find()
          ? OptionalInt.of(Math.max(0, (int) Double.parseDouble(count.group(1)) - 1))
          : OptionalInt.empty();
    } catch (IOException | IllegalArgumentException e) {
      return OptionalInt.empty();
    }
  }
}
