package deepseek.bench.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;

/** Sends prompts to {@code /v1/completions} and hears the stream. */
final class CompletionsClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DATA = "data:";

  static {
    // Some servers close a connection after five idle seconds, just when it is used again.
    System.setProperty("jdk.httpclient.keepalive.timeout", "2");
  }

  private final URI address;
  private final String model;
  private final Optional<String> apiKey;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();

  CompletionsClient(URI base, String model, Optional<String> apiKey) {
    this.address = URI.create(base.toString().replaceAll("/+$", "") + "/v1/completions");
    this.model = model;
    this.apiKey = apiKey;
  }

  /** A request's answer; {@code start} is the test's, {@link System#nanoTime}. */
  Heard send(LoadPlan.Request request, long due, long start) {
    Reading reading = new Reading(start);
    Optional<String> error;
    try {
      HttpResponse<InputStream> response =
          client.send(httpRequest(request), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        error =
            response.statusCode() == 200
                ? reading.read(body)
                : Optional.of("status " + response.statusCode());
      }
    } catch (IOException e) {
      error = Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      error = Optional.of("interrupted");
    }
    return new Heard(
        request.number(),
        due,
        reading.parts.build().toArray(),
        System.nanoTime() - start,
        reading.promptTokens,
        reading.answerTokens,
        error);
  }

  private HttpRequest httpRequest(LoadPlan.Request request) throws JsonProcessingException {
    ObjectNode body =
        JSON.createObjectNode()
            .put("model", model)
            .put("prompt", request.prompt())
            .put("max_tokens", request.answerTokens())
            .put("temperature", 0)
            .put("ignore_eos", true)
            .put("stream", true);
    body.putObject("stream_options").put("include_usage", true);
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
    apiKey.ifPresent(key -> builder.header("Authorization", "Bearer " + key));
    return builder.build();
  }

  /** Server-sent events as they come. */
  private static final class Reading {
    private final long start;
    private final LongStream.Builder parts = LongStream.builder();
    private int promptTokens;
    private int answerTokens;
    private boolean done;

    Reading(long start) {
      this.start = start;
    }

    Optional<String> read(InputStream body) throws IOException {
      var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
      Optional<String> error = Optional.empty();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(DATA)) {
          Optional<String> wrong = event(line.substring(DATA.length()).strip());
          error = error.or(() -> wrong);
        }
      }
      return done ? error : error.or(() -> Optional.of("the stream ended early"));
    }

    private Optional<String> event(String data) throws JsonProcessingException {
      if (data.equals("[DONE]")) {
        done = true;
        return Optional.empty();
      }
      JsonNode event = JSON.readTree(data);
      if (event.has("error")) {
        return Optional.of(event.get("error").toString());
      }
      JsonNode choice = event.path("choices").path(0);
      if (choice.isObject() && !choice.path("finish_reason").isTextual()) {
        parts.add(System.nanoTime() - start);
      }
      JsonNode usage = event.path("usage");
      if (usage.isObject()) {
        promptTokens = usage.path("prompt_tokens").asInt();
        answerTokens = usage.path("completion_tokens").asInt();
      }
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
