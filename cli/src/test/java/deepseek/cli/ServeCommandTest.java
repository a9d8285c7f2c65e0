package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");
  private static final int SIGTERM = 143;

  @TempDir private static Path cache;

  private final HttpClient http = HttpClient.newHttpClient();

  /** A server in this process, which an interrupt ends. */
  private static final class Running implements AutoCloseable {
    private final Writer out = new StringWriter();
    private final Writer err = new StringWriter();
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Thread thread;

    Running(String... more) {
      this(Map.of("DEEPSEEK_CACHE", cache.toString()), more);
    }

    Running(Map<String, String> variables, String... more) {
      String[] args =
          Stream.concat(Stream.of("serve", "--port", "0", "--offline"), Stream.of(more))
              .toArray(String[]::new);
      Console console =
          new Console(
              InputStream.nullInputStream(),
              out,
              err,
              Set.of(),
              new Environment(variables, Path.of("/nonexistent")));
      thread = Thread.ofPlatform().start(() -> exitCode.complete(Main.run(console, args)));
    }

    URI awaitAddress(String path) throws Exception {
      while (!out.toString().contains("Try:") && !exitCode.isDone()) {
        Thread.sleep(10);
      }
      Matcher address = ADDRESS.matcher(out.toString());
      assertThat(address.find()).as(out + "" + err).isTrue();
      return URI.create(address.group() + path);
    }

    @Override
    public void close() throws Exception {
      thread.interrupt();
      assertThat(exitCode.get(60, TimeUnit.SECONDS)).isZero();
    }
  }

  private HttpResponse<String> post(URI address, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String chat(String model, String more) {
    return "{'model': '%s', 'messages': [{'role': 'user', 'content': 'the sky'}], %s}"
        .formatted(model, more);
  }

  @Test
  void servesWhatItIsGivenUnderItsNames(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("access.jsonl");
    try (Running server =
        new Running(
            "small=" + Models.TINY,
            "--embed",
            "vectors=" + Models.ENCODER,
            "--rerank",
            Models.RERANKER,
            "--ctx",
            "300",
            "--access-log",
            log.toString())) {
      URI chat = server.awaitAddress("/v1/chat/completions");
      HttpResponse<String> answer = post(chat, chat("small", "'max_tokens': 4"));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      URI embeddings = server.awaitAddress("/v1/embeddings");
      assertThat(post(embeddings, "{'model': 'vectors', 'input': 'x'}").statusCode())
          .isEqualTo(200);
      assertThat(server.out.toString())
          .contains("small", "context 300", "vectors", Models.RERANKER, "curl ", "-d '{")
          .doesNotContain("Whoever reaches");
      assertThat(server.err.toString()).isEmpty();
    }
    List<String> lines = Files.readAllLines(log);
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).contains("\"model\":\"small\"").doesNotContain("the sky");
  }

  @Test
  void aServerIsInTheRunFolderWhileItRuns() throws Exception {
    Path file = cache.resolve("run").resolve(ProcessHandle.current().pid() + ".json");
    try (Running server = new Running("small=" + Models.TINY)) {
      URI address = server.awaitAddress("");
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      assertThat(json.path("address").asText()).isEqualTo(address.toString());
      assertThat(json.path("port").asInt()).isEqualTo(address.getPort());
      assertThat(json.path("models").path(0).path("name").asText()).isEqualTo("small");
      assertThat(json.path("models").path(0).path("source").asText())
          .isEqualTo(Path.of(Models.TINY).toAbsolutePath().normalize().toString());
    }
    assertThat(file.getParent()).isEmptyDirectory();
  }

  @Test
  void aServerRunsWithoutARunFolder(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("cache"), "no folder");
    try (Running server =
        new Running(Map.of("DEEPSEEK_CACHE", file.toString()), Models.TINY, "--lazy")) {
      assertThat(server.awaitAddress("").getPort()).isPositive();
      assertThat(server.err.toString()).contains("ps and stop", file.toString()).hasLineCount(1);
    }
  }

  @Test
  void theLineToTryWorks() throws Exception {
    try (Running server = new Running(Models.TINY)) {
      server.awaitAddress("");
      String line =
          server.out.toString().lines().filter(l -> l.contains("curl ")).findFirst().orElseThrow();
      Matcher parts = Pattern.compile("curl (\\S+) .*-d '(.*)'").matcher(line);
      assertThat(parts.find()).isTrue();
      JsonNode body = new ObjectMapper().readTree(parts.group(2));
      assertThat(body.path("model").asText()).isEqualTo(Models.TINY);
      assertThat(post(URI.create(parts.group(1)), parts.group(2)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void keysComeFromAFile(@TempDir Path folder) throws Exception {
    Path keys = Files.writeString(folder.resolve("keys"), "key-of-the-test\n");
    try (Running server = new Running(Models.TINY, "--api-key-file", keys.toString(), "--lazy")) {
      URI address = server.awaitAddress("/v1/chat/completions");
      String body = chat(Models.TINY, "'max_tokens': 1");
      assertThat(post(address, body).statusCode()).isEqualTo(401);
      assertThat(post(address, body, "Authorization", "Bearer key-of-the-test").statusCode())
          .isEqualTo(200);
      assertThat(server.out.toString()).contains("opened when asked for", "Bearer KEY");
      Map<String, String> variables = Map.of("DEEPSEEK_CACHE", cache.toString());
      assertThat(Ran.with(variables, "", "ps").out()).contains("  ?  ");
      Map<String, String> withKey = new HashMap<>(variables);
      withKey.put("DEEPSEEK_API_KEY", "key-of-the-test");
      assertThat(Ran.with(withKey, "", "ps").out()).contains("  0  ");
    }
  }

  @Test
  void limitsAndRefusedTextsAreSet(@TempDir Path folder) throws Exception {
    Path denied = Files.writeString(folder.resolve("deny"), "forbidden\n");
    Path audit = folder.resolve("audit.jsonl");
    try (Running server =
        new Running(
            Models.TINY,
            "--deny",
            denied.toString(),
            "--audit-log",
            audit.toString(),
            "--max-answers",
            "2",
            "--max-tokens",
            "10",
            "--max-body",
            "2kB")) {
      URI address = server.awaitAddress("/v1/chat/completions");
      String more = "'max_tokens': 1";
      assertThat(post(address, chat(Models.TINY, more)).statusCode()).isEqualTo(200);
      assertThat(post(address, chat(Models.TINY, "'n': 3")).statusCode()).isEqualTo(400);
      assertThat(post(address, chat(Models.TINY, "'max_tokens': 11")).statusCode()).isEqualTo(400);
      assertThat(post(address, chat(Models.TINY, "'z': '" + "x".repeat(2000) + "'")).statusCode())
          .isEqualTo(413);
      assertThat(post(address, chat(Models.TINY, more).replace("sky", "forbidden")).statusCode())
          .isEqualTo(400);
    }
    assertThat(Files.readAllLines(audit)).hasSize(1);
  }

  @Test
  void aModelThatCannotBeOpenedIsNamedAndTheOthersAreServed(@TempDir Path folder) throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.gguf"), "not a model, only text here");
    try (Running server = new Running(Models.TINY, "bad=" + broken)) {
      URI address = server.awaitAddress("/v1/chat/completions");
      assertThat(server.err.toString()).contains("broken.gguf").hasLineCount(1);
      assertThat(server.out.toString()).contains("could not be opened");
      assertThat(post(address, chat(Models.TINY, "'max_tokens': 1")).statusCode()).isEqualTo(200);
      assertThat(post(address, chat("bad", "'max_tokens': 1")).statusCode()).isEqualTo(503);
    }
    Ran alone = Ran.deepseek("serve", broken.toString(), "--port", "0");
    assertThat(alone.exitCode()).isEqualTo(1);
    assertThat(alone.err()).contains("broken.gguf", "at least one model").hasLineCount(2);
  }

  @Test
  void aPortThatIsTakenIsOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(taken.getLocalPort());
      Ran ran = Ran.deepseek("serve", Models.TINY, "--port", port);
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err()).contains("127.0.0.1:" + port, "--port").hasLineCount(1);
    }
  }

  @Test
  void wrongUsageIsOneLine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("cert.pem"), "x");
    String[][] lines = {
      {"serve"},
      {"serve", Models.TINY, "--port", "70000"},
      {"serve", Models.TINY, "--tls-cert", file.toString()},
      {"serve", Models.TINY, "--max-batch", "0"},
      {"serve", Models.TINY, "--drain", "-1"},
      {"serve", Models.TINY, "--rate", "0"},
    };
    for (String[] line : lines) {
      Ran ran = Ran.deepseek(line);
      assertThat(ran.exitCode()).as(String.join(" ", line)).isEqualTo(2);
      assertThat(ran.err()).hasLineCount(1);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS) // Processes have no signals there.
  void sigtermLetsAnswersEnd() throws Exception {
    try (ServeProcess server =
        ServeProcess.start(Map.of(), "tiny=" + Models.TINY, "--ctx", "4096")) {
      HttpRequest request =
          HttpRequest.newBuilder(server.address("/v1/chat/completions"))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      chat(
                              "tiny",
                              "'stream': true, 'max_tokens': 1500, 'guided_regex': '[a-z]{4500}'")
                          .replace('\'', '"')))
              .build();
      HttpResponse<Stream<String>> reply = http.send(request, HttpResponse.BodyHandlers.ofLines());
      List<String> lines =
          reply
              .body()
              .filter(line -> !line.isEmpty())
              .peek(
                  line -> {
                    if (line.contains("\"role\":\"assistant\"")) {
                      server.process().destroy(); // SIGTERM, while the answer runs
                    }
                  })
              .toList();
      assertThat(lines.getLast()).isEqualTo("data: [DONE]");
      assertThat(lines.get(lines.size() - 2)).contains("\"finish_reason\":\"length\"");
      assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(server.process().exitValue()).isEqualTo(SIGTERM);
    }
  }
}
