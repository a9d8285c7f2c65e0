package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.compute.LeakCheck;
import deepseek.models.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class BenchCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a llama.cpp for every processor says of itself. */
  private static final String FULL =
      "CPU : AVX = 1 | F16C = 1 | FMA = 1 | AVX2 = 1 | AVX_VNNI = 1 | AVX512 = 1 | AVX512_VBMI = 1"
          + " | AVX512_VNNI = 1 | AVX512_BF16 = 1 | AMX_INT8 = 1 | NEON = 1 | DOTPROD = 1"
          + " | MATMUL_INT8 = 1 | SVE = 1 | SME = 1 | ";

  @TempDir Path folder;

  private static List<JsonNode> lines(Ran ran) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : ran.out().lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static JsonNode only(List<JsonNode> lines, String kind, String test) {
    List<JsonNode> found =
        lines.stream()
            .filter(line -> line.path("kind").asText().equals(kind))
            .filter(line -> line.path("test").asText().equals(test))
            .toList();
    assertThat(found).as(kind + " " + test).hasSize(1);
    return found.getFirst();
  }

  @Test
  void tableHasTheMachineTheModelAndEachWorkload() {
    Ran ran = Ran.deepseek("bench", Models.TINY, "-p", "16,32", "-n", "4", "-r", "2");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains(
            "busy with other programs", "B/s read", "FLOP/s in float32", "tiny.gguf", "as stored");
    assertThat(ran.out()).containsPattern("(?m)^pp16 +[0-9.]+ ± [0-9.]+$");
    assertThat(ran.out()).containsPattern("(?m)^pp32 +[0-9.]+ ± [0-9.]+$");
    assertThat(ran.out()).containsPattern("(?m)^tg4 +[0-9.]+ ± [0-9.]+$");
    assertThat(ran.out()).containsPattern("tg4 .* of weights a token = .* deepseek reaches 0\\.");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void jsonLinesAgreeWithEachOther() throws IOException {
    String arguments =
        "bench %s -p 16 -n 4 -r 3 -t 1 --quant none --dtype fp32 --json --vs llama.cpp --python %s";
    Ran ran = Ran.deepseek(arguments.formatted(Models.TINY, peer(FULL)).split(" "));
    List<JsonNode> lines = lines(ran);
    assertThat(only(lines, "machine", "").path("n_threads").asInt()).isEqualTo(1);
    assertThat(only(lines, "machine", "").path("busy").asDouble(-1)).isBetween(0.0, 1.0);
    assertThat(only(lines, "model", "").path("weights").asText()).isEqualTo("none float32");
    assertThat(only(lines, "peer", "").path("system_info").asText()).isEqualTo(FULL.strip());
    JsonNode ours = result(lines, "deepseek", "pp16");
    assertThat(ours.path("n_prompt").asInt()).isEqualTo(16);
    assertThat(ours.path("samples_ts")).hasSize(3);
    double speed = ours.path("samples_ts").get(0).asDouble();
    double seconds = ours.path("samples_ns").get(0).asLong() / 1e9;
    assertThat(speed * seconds).isCloseTo(16, within(0.01));
    JsonNode theirs = result(lines, "llama.cpp", "pp16");
    assertThat(theirs.path("avg_ts").asDouble()).isEqualTo(32);
    assertThat(theirs.path("flash_attn").asBoolean()).isTrue();
    double average = ours.path("avg_ts").asDouble();
    assertThat(only(lines, "ratio", "pp16").path("avg").asDouble())
        .isCloseTo(average / 32, within(1e-6 * average));
    JsonNode bound = only(lines, "bound", "tg4");
    // The table is also the output layer, so a token reads every weight.
    assertThat(bound.path("bytes_per_token").asLong()).isEqualTo(4 * values(Models.TINY));
    double written = result(lines, "deepseek", "tg4").path("avg_ts").asDouble();
    assertThat(bound.path("bound_ts").asDouble() * bound.path("share").asDouble())
        .isCloseTo(written, within(1e-6 * written));
  }

  private static JsonNode result(List<JsonNode> lines, String engine, String test) {
    return only(
        lines.stream().filter(line -> line.path("engine").asText().equals(engine)).toList(),
        "result",
        test);
  }

  private static long values(String model) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(model))) {
      return ParameterTable.of(checkpoint.weights()).elements();
    }
  }

  /** Stands in for Python with llama.cpp: half a second for each run with flash attention. */
  private String peer(String system) throws IOException {
    Path script = folder.resolve("python");
    Files.writeString(
        script,
        """
        #!/bin/sh
        echo "$@" > "$(dirname "$0")/arguments"
        echo '{"version": "llama-cpp-python 1.2", "system": "%s"}'
        while read -r order; do
          case $order in
            *'"flash":true'*) echo '{"seconds": 0.5}' ;;
            *) echo '{"seconds": 0.7}' ;;
          esac
        done
        """
            .formatted(system));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void weakerBuildIsRefusedUnlessWanted() throws IOException {
    String python = peer("CPU : OPENMP = 1 | ");
    String arguments =
        "bench %s -p 0 -n 2 -r 2 --vs llama.cpp --python %s".formatted(Models.TINY, python);
    Ran refused = Ran.deepseek(arguments.split(" "));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("one without ", "--any-build").hasLineCount(1);
    Ran wanted = Ran.deepseek((arguments + " --any-build").split(" "));
    assertThat(wanted.exitCode()).isZero();
    assertThat(wanted.out()).contains("llama-cpp-python 1.2", "CPU : OPENMP = 1");
    assertThat(wanted.out())
        .containsPattern("(?m)^tg2 +[0-9.]+ ± [0-9.]+ +4.0 ± 0.0 +[0-9.]+ ± .* with flash");
  }

  @Test
  void pythonThatIsNoneIsOneLine() {
    Ran ran =
        Ran.deepseek(
            "bench", Models.TINY, "-p", "2", "-n", "0", "--vs", "llama.cpp", "--python", "no/such");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("llama-cpp-python", "no/such").hasLineCount(1);
  }

  @Test
  void peerTakesGgufFilesOnly() {
    Ran ran = Ran.deepseek("bench", Models.MOE, "-n", "2", "-p", "2", "--vs", "llama.cpp");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("a GGUF file").hasLineCount(1);
  }

  @Test
  void moreTokensThanTheContextIsOneLine() {
    Ran ran = Ran.deepseek("bench", Models.TINY);
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("at most 256 tokens", "got 512").hasLineCount(1);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void contextIsTheRoomThatBothHave() throws IOException {
    String python = peer(FULL);
    String arguments =
        "bench %s -p 16 -n 4 -r 1 --ctx 20 --vs llama.cpp --python %s"
            .formatted(Models.TINY, python);
    assertThat(Ran.deepseek(arguments.split(" ")).exitCode()).isZero();
    assertThat(Files.readString(folder.resolve("arguments"))).endsWith(" 20\n");
    Ran small = Ran.deepseek("bench", Models.TINY, "-p", "16,32", "-n", "4", "--ctx", "31");
    assertThat(small.exitCode()).isEqualTo(2);
    assertThat(small.err()).contains("--ctx: expected at least 32 tokens", "got 31");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-p 0 -n 0",
        "-p -1",
        "-r 0",
        "-p two",
        "--vs other",
        "--python python3",
        "--any-build",
        "-t 1 --threads 1"
      })
  void impossibleOptionIsWrongUsage(String options) {
    List<String> arguments = new ArrayList<>(List.of("bench", Models.TINY));
    arguments.addAll(List.of(options.split(" ")));
    Ran ran = Ran.deepseek(arguments.toArray(String[]::new));
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).hasLineCount(1);
  }
}
