package deepseek.store;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.files.AtomicFile;
import deepseek.store.safetensors.GrowingSafetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedFilesTest {
  @TempDir private Path folder;

  /** A process that is terminated while it writes. */
  static final class Interrupted {
    private static final int EXIT = 7;

    private Interrupted() {}

    public static void main(String[] args) {
      Path folder = Path.of(args[0]);
      AtomicFile.write(folder.resolve("whole"), channel -> channel.write(ByteBuffer.allocate(9)));
      var packed = new GrowingSafetensors(folder.resolve("packed"), 100, 1 << 20);
      AtomicFile.write(
          folder.resolve("half"),
          channel -> {
            channel.write(ByteBuffer.allocate(1 << 20));
            System.exit(filesIn(folder) == 3 && packed.shapes().isEmpty() ? EXIT : 1);
          });
    }
  }

  private static long filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void goWithTheProcess() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Interrupted.class.getName(),
                folder.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isEqualTo(Interrupted.EXIT);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.toList()).isEqualTo(List.of(folder.resolve("whole")));
    }
  }
}
