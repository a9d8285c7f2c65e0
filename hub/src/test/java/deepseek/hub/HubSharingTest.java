package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.hub.HubServer.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** One cache, several threads and processes: each file is downloaded once and completely. */
@DisabledOnOs(OS.WINDOWS)
class HubSharingTest {
  private static final String ID = "org/tiny";
  private static final String COMMIT = "1".repeat(40);
  private static final byte[] WEIGHTS = new byte[3_000_000];

  @TempDir Path home;
  private final HubServer server = new HubServer();

  @BeforeEach
  void fillServer() {
    new Random(1).nextBytes(WEIGHTS);
    server
        .small(ID, COMMIT, "config.json", "{}")
        .small(ID, COMMIT, "tokenizer.json", "{}")
        .large(ID, COMMIT, "model.safetensors", WEIGHTS);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private ModelHub hub(Progress progress) {
    Map<String, String> variables = Map.of("HF_ENDPOINT", server.endpoint());
    return new ModelHub(HubOptions.fromEnvironment(variables, home), progress);
  }

  private static Progress whenHalfHere(CountDownLatch latch) {
    return event -> {
      if (event instanceof Progress.Advanced advanced && advanced.totalBytes() == WEIGHTS.length) {
        latch.countDown();
      }
    };
  }

  private Path blobs() {
    return home.resolve(".cache/huggingface/hub/models--org--tiny/blobs");
  }

  private void assertWhole(Path root) {
    assertThat(root.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void anotherThreadAndAnotherProcessWaitForTheDownload() throws Exception {
    server.fail("model.safetensors", Fault.HOLD_MIDWAY);
    CountDownLatch half = new CountDownLatch(1);
    CompletableFuture<ModelLocation> first =
        CompletableFuture.supplyAsync(() -> hub(whenHalfHere(half)).resolve(ID));
    half.await();
    CountDownLatch waiting = new CountDownLatch(1);
    CompletableFuture<ModelLocation> second =
        CompletableFuture.supplyAsync(
            () ->
                hub(e -> {
                      if (e instanceof Progress.Waiting) {
                        waiting.countDown();
                      }
                    })
                    .resolve(ID));
    waiting.await();
    try (HubProcess process = HubProcess.start("", server, home, ID)) {
      process.awaitLine("Waiting[what=org/tiny/model.safetensors");
      server.release();
      process.awaitLine("resolved");
    }
    assertWhole(first.get().root());
    assertThat(second.get()).isEqualTo(first.get());
    assertThat(server.count("cdn", "GET", "model.safetensors")).isEqualTo(1);
  }

  @Test
  void aKilledProcessLeavesNoLockAndItsPartIsUsed() throws Exception {
    server.fail("model.safetensors", Fault.HOLD_MIDWAY);
    try (HubProcess process = HubProcess.start("", server, home, ID)) {
      process.awaitLine("Advanced[what=org/tiny/model.safetensors");
      process.kill();
    }
    assertWhole(hub(Progress.SILENT).resolve(ID).root());
    assertThat(server.seen)
        .anyMatch(s -> s.server().equals("cdn") && s.headers().containsKey("range"));
  }

  /** A limit on file size simulates a disk that fills up midway. */
  @Test
  void aDiskThatFillsUpLeavesNothingBehind() throws Exception {
    try (HubProcess process = HubProcess.start("ulimit -f 2000; ", server, home, ID)) {
      assertThat(process.awaitLine("failed")).contains("free some space");
    }
    assertThat(names(blobs())).containsExactly(HubServer.gitHash(new byte[] {'{', '}'}));
    assertWhole(hub(Progress.SILENT).resolve(ID).root());
  }

  private static Stream<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    }
  }
}
