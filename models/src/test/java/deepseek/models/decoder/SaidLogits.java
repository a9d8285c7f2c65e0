package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;

/** Logits that a process of its own computed and wrote to a file. */
final class SaidLogits {
  private SaidLogits() {}

  static void write(Path file, List<Float> logits) throws IOException {
    Files.write(file, logits.stream().map(String::valueOf).toList());
  }

  /** Throws unless the file says what is wanted, give or take {@code off}. */
  static void assertClose(Path file, List<Float> want, float off) throws IOException {
    List<String> got = Files.readAllLines(file);
    assertThat(got).hasSameSizeAs(want);
    for (int i = 0; i < want.size(); i++) {
      assertThat(Float.parseFloat(got.get(i)))
          .as("number %d", i)
          .isCloseTo(want.get(i), Offset.offset(off));
    }
  }
}
