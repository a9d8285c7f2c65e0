package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  private static final String NAME = "libtokenizers.so";

  @TempDir Path cache;
  @TempDir Path jar;

  private NativeLibrary.Bundle bundle;
  private Path copied;

  @BeforeEach
  void copy() throws IOException {
    Path library = Files.writeString(jar.resolve(NAME), "machine code");
    bundle = new NativeLibrary.Bundle("tokenizers-1-linux", Map.of(NAME, url(library)));
    copied = Files.createDirectory(cache.resolve(bundle.name()));
    bundle.write(copied);
  }

  private static URL url(Path file) throws IOException {
    return file.toUri().toURL();
  }

  @Test
  void whatWasCopiedIsWhole() {
    assertThat(bundle.isWhole(copied)).isTrue();
    assertThat(bundle.isWhole(cache.resolve("elsewhere"))).isFalse();
  }

  /** Once only the size was checked. */
  @Test
  void otherCodeOfTheSameSizeIsNotLoaded() throws IOException {
    Files.writeString(copied.resolve(NAME), "machine c0de");
    assertThat(bundle.isWhole(copied)).isFalse();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatOthersMayWriteToIsNotLoaded() throws IOException {
    Files.setPosixFilePermissions(
        copied.resolve(NAME), PosixFilePermissions.fromString("rwxrw-r--"));
    assertThat(bundle.isWhole(copied)).isFalse();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void linksAreNotFollowed() throws IOException {
    Path elsewhere = Files.move(copied.resolve(NAME), cache.resolve(NAME));
    Files.createSymbolicLink(copied.resolve(NAME), elsewhere);
    assertThat(bundle.isWhole(copied)).isFalse();
  }

  @Test
  void sumsThatAreMissingOrTooFewDontCount() throws IOException {
    Path sums;
    try (Stream<Path> files = Files.list(copied)) {
      sums = files.filter(file -> !file.endsWith(NAME)).findFirst().orElseThrow();
    }
    Files.writeString(sums, "");
    assertThat(bundle.isWhole(copied)).isFalse();
    Files.delete(sums);
    assertThat(bundle.isWhole(copied)).isFalse();
  }

  /** A process that can't write the cache left 15 MB in the temporary folder. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aCacheThatCannotBeWrittenLeavesNothingBehind() throws Exception {
    Path temporary = Files.createDirectory(jar.resolve("tmp"));
    Path blocked = Files.writeString(jar.resolve("no-folder"), "");
    Path json = Reference.folder("qwen2");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", classPath(), Encode.class.getName(), json.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DEEPSEEK_CACHE", blocked.resolve("cache").toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("[66]");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.startsWith("deepseek"));
    }
  }

  private static String classPath() throws URISyntaxException {
    return System.getProperty("java.class.path")
        + File.pathSeparator
        + Path.of(
            TokenizersLibrary.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Encodes a letter in a separate process. */
  static final class Encode {
    private Encode() {}

    public static void main(String[] arguments) {
      try (Tokenizer tokenizer = Tokenizer.open(Path.of(arguments[0]))) {
        System.out.println(Arrays.toString(tokenizer.encode("c")));
      }
    }
  }
}
