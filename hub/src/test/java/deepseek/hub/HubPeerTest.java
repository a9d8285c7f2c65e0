package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.files.ProcessLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One cache shared by this program and huggingface_hub, each reading what the other wrote. Needs a
 * Python with {@code tools/interop/requirements.txt}: {@code DEEPSEEK_PYTHON} names it, else {@code
 * python3}.
 */
@Tag("peer")
class HubPeerTest {
  private static final String ID = "org/tiny";
  private static final String COMMIT = "1".repeat(40);
  private static final byte[] WEIGHTS = new byte[3_000_000];

  @TempDir Path home;
  private final HubServer server = new HubServer();

  @BeforeEach
  void fillServer() {
    new Random(1).nextBytes(WEIGHTS);
    server
        .small(ID, COMMIT, "config.json", "{\"model_type\":\"llama\"}")
        .small(ID, COMMIT, "tokenizer.json", "{}")
        .large(ID, COMMIT, "model.safetensors", WEIGHTS)
        .large(ID, COMMIT, "pytorch_model.bin", new byte[9]);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private enum Network {
    ON,
    OFF
  }

  private ModelHub hub(Network network) {
    return new ModelHub(
        HubOptions.fromEnvironment(
            Map.of(
                "HF_ENDPOINT",
                server.endpoint(),
                "HF_HUB_OFFLINE",
                network == Network.OFF ? "1" : "0"),
            home));
  }

  private Process python(Network network, String... arguments) throws IOException {
    Path script = Path.of("..", "tools", "interop", "hub_cache.py").toAbsolutePath();
    String python = Optional.ofNullable(System.getenv("DEEPSEEK_PYTHON")).orElse("python3");
    List<String> command = new ArrayList<>(List.of(python, script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HF_HOME", home.resolve(".cache/huggingface").toString());
    builder.environment().put("HF_ENDPOINT", server.endpoint());
    builder.environment().put("HF_HUB_OFFLINE", network == Network.OFF ? "1" : "0");
    builder.environment().put("HF_HUB_DISABLE_TELEMETRY", "1");
    return builder.start();
  }

  private void runPython(Network network, String... arguments) throws Exception {
    Process process = python(network, arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  @Test
  void huggingfaceHubReadsWhatWeFetched() throws Exception {
    hub(Network.ON).resolve(ID);
    server.close();
    runPython(Network.OFF, "read", ID, "model.safetensors", "generation_config.json");
  }

  @Test
  void weReadFilesThatHuggingfaceHubFetched() throws Exception {
    runPython(Network.ON, "files", ID, "config.json", "tokenizer.json", "model.safetensors");
    assertWhole();
  }

  @Test
  void weReadASnapshotThatHuggingfaceHubFetched() throws Exception {
    runPython(Network.ON, "snapshot", ID, "*.safetensors");
    assertThat(home.resolve(".cache/huggingface/hub/models--org--tiny/trees/" + COMMIT + ".json"))
        .exists();
    assertWhole();
  }

  private void assertWhole() {
    server.close();
    Path root = hub(Network.OFF).resolve(ID).root();
    assertThat(root.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void weRespectItsLock() throws Exception {
    Path file = Files.createDirectories(home.resolve(".locks")).resolve("x.lock");
    Process holder = python(Network.OFF, "lock", file.toString());
    try (BufferedReader output = holder.inputReader()) {
      assertThat(output.readLine()).isEqualTo("locked");
      assertThat(ProcessLock.tryAcquire(file)).isEmpty();
      holder.getOutputStream().close();
      assertThat(holder.waitFor()).isZero();
      assertThat(ProcessLock.tryAcquire(file)).isPresent();
    }
  }
}
