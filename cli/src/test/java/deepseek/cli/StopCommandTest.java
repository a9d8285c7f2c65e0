package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The verbs ps and stop. */
@DisabledOnOs(OS.WINDOWS) // Processes have no signals there.
class StopCommandTest {
  private static final int SIGTERM = 143;

  @TempDir private Path cache;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    processes.forEach(Process::destroyForcibly);
  }

  private Ran deepseek(String... args) {
    return Ran.with(Map.of("DEEPSEEK_CACHE", cache.toString()), "", args);
  }

  private Process shell(String script) throws IOException {
    Process process = new ProcessBuilder("sh", "-c", script).start();
    processes.add(process);
    return process;
  }

  /** A process that is no server but is in the run folder like one. */
  private Path enter(Process process, Instant started, int port) {
    String address = "http://127.0.0.1:" + port;
    RunningServer server =
        new RunningServer(
            process.pid(),
            started,
            address,
            port,
            Duration.ofSeconds(3),
            List.of(new RunningServer.Model("small", "./small", "text")));
    new RunFolder(cache.resolve("run")).enter(server);
    return cache.resolve("run").resolve(process.pid() + ".json");
  }

  private Path enter(Process process, int port) {
    return enter(process, process.info().startInstant().orElseThrow(), port);
  }

  @Test
  void aServerIsListedAndStoppedAfterItsAnswers() throws Exception {
    Map<String, String> variables =
        Map.of("DEEPSEEK_CACHE", cache.toString(), "DEEPSEEK_KERNELS", "off");
    try (ServeProcess server =
            ServeProcess.start(variables, "tiny=" + Models.TINY, "--ctx", "4096");
        HttpClient http = HttpClient.newHttpClient()) {
      String port = Integer.toString(server.address("").getPort());
      String pid = Long.toString(server.process().pid());
      assertThat(deepseek("ps").out().lines().toList().getLast())
          .matches(pid + "  " + server.base() + "  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  0 +tiny");
      JsonNode json = new ObjectMapper().readTree(deepseek("ps", "--json").out());
      assertThat(json.path("servers")).hasSize(1);
      assertThat(json.path("servers").path(0).path("requests").asInt(-1)).isZero();
      assertThat(json.path("servers").path(0).path("port").asText()).isEqualTo(port);

      String body =
          "{\"model\": \"tiny\", \"prompt\": \"a\", \"stream\": true, \"max_tokens\": 1500,"
              + " \"guided_regex\": \"[a-z]{4500}\"}";
      HttpRequest request =
          HttpRequest.newBuilder(server.address("/v1/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      List<Ran> seen = new ArrayList<>();
      Thread stopping = Thread.ofPlatform().unstarted(() -> seen.add(deepseek("stop", port)));
      HttpResponse<Stream<String>> reply = http.send(request, HttpResponse.BodyHandlers.ofLines());
      Stream<String> lines = reply.body().filter(line -> !line.isEmpty());
      List<String> read =
          lines
              .peek(
                  line -> {
                    if (seen.isEmpty()) {
                      seen.add(deepseek("ps"));
                      stopping.start();
                    }
                  })
              .toList();
      stopping.join();
      assertThat(seen.getFirst().out()).containsPattern("  1 +tiny");
      assertThat(read.getLast()).isEqualTo("data: [DONE]");
      assertThat(read.get(read.size() - 2)).contains("\"finish_reason\":\"length\"");
      assertThat(seen.getLast().exitCode()).isZero();
      assertThat(seen.getLast().out()).contains("Stopped process " + pid);
      assertThat(seen.getLast().err()).contains("30 s").hasLineCount(1);
      assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(server.process().exitValue()).isEqualTo(SIGTERM);
    }
    assertThat(cache.resolve("run")).isEmptyDirectory();
    Ran none = deepseek("ps");
    assertThat(none.exitCode()).isZero();
    assertThat(none.out()).isEmpty();
    assertThat(none.err()).contains("deepseek serve").hasLineCount(1);
  }

  @Test
  void theOnlyServerNeedsNoName() throws Exception {
    assertThat(deepseek("stop").exitCode()).isEqualTo(1);
    Process only = shell("exec sleep 60");
    Path file = enter(only, 9001);
    Ran ran = deepseek("stop");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(only.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(only.exitValue()).isEqualTo(SIGTERM);
    assertThat(file).doesNotExist();
  }

  @Test
  void ofSeveralServersOneIsNamed() throws Exception {
    Process first = shell("exec sleep 60");
    Process second = shell("exec sleep 60");
    enter(first, 9001);
    enter(second, 9002);
    Ran ran = deepseek("stop");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains(":9001", ":9002").hasLineCount(1);
    assertThat(deepseek("stop", "9003").exitCode()).isEqualTo(1);
    assertThat(deepseek("stop", "9002").exitCode()).isZero();
    assertThat(second.isAlive()).isFalse();
    assertThat(first.isAlive()).isTrue();
    assertThat(deepseek("stop", Long.toString(first.pid())).exitCode()).isZero();
    assertThat(first.isAlive()).isFalse();
  }

  @Test
  void noOtherProcessIsEnded() throws Exception {
    Process other = shell("exec sleep 60");
    Instant start = other.info().startInstant().orElseThrow();
    assertThat(deepseek("stop", Long.toString(other.pid())).err())
        .contains("port or process id " + other.pid());
    Path file = enter(other, start.minusSeconds(60), 9001);
    assertThat(deepseek("stop").exitCode()).isEqualTo(1);
    assertThat(file).doesNotExist();
    assertThat(other.isAlive()).isTrue();
  }

  @Test
  void filesOfEndedProcessesAreDeletedAndOthersIgnored() throws Exception {
    Process ended = shell("exec sleep 60");
    Path stale = enter(ended, 9001);
    ended.destroy();
    ended.waitFor();
    Path broken = Files.writeString(stale.resolveSibling("123456789.json"), "{");
    Path notes = Files.writeString(stale.resolveSibling("notes.txt"), "mine");
    assertThat(deepseek("ps", "--json").out()).isEqualToIgnoringWhitespace("{\"servers\":[]}");
    assertThat(stale).doesNotExist();
    assertThat(broken).doesNotExist();
    assertThat(notes).exists();
  }

  @Test
  void whatDoesNotEndIsKilledByForceAlone() throws Exception {
    Process stubborn = shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
    assertThat(stubborn.inputReader().readLine()).isEqualTo("ready");
    Path file = enter(stubborn, 9001);
    Ran ran = deepseek("stop", "--wait", "0");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("within 0 s", "--force").hasLineCount(2);
    assertThat(stubborn.isAlive()).isTrue();
    assertThat(deepseek("stop", "--wait", "0", "--force").exitCode()).isZero();
    assertThat(stubborn.isAlive()).isFalse();
    assertThat(file).doesNotExist();
  }

  @Test
  void wrongUsageIsOneLine() {
    for (String[] line : new String[][] {{"stop", "http"}, {"stop", "--wait", "-1"}}) {
      Ran ran = deepseek(line);
      assertThat(ran.exitCode()).isEqualTo(2);
      assertThat(ran.err()).contains("expected").hasLineCount(1);
    }
  }
}
