package deepseek.store.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files being written are kept and abandoned ones deleted, on systems with a boot id. */
class UnfinishedFileTest {
  @TempDir private Path folder;
  private Path target;

  @BeforeEach
  void thisSystemHasANumber() {
    assumeThat(Path.of("/proc/sys/kernel/random/boot_id")).exists();
    target = folder.resolve("model.int4.packed");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void whatIsWrittenStaysUntilItHasItsName() throws IOException {
    try (UnfinishedFile file = UnfinishedFile.create(target)) {
      UnfinishedFile.sweep(folder, "model.");
      assertThat(files()).containsExactly(file.path());
      file.finish();
      UnfinishedFile.sweep(folder, "model.");
    }
    assertThat(files()).containsExactly(target);
  }

  @Test
  void whatIsClosedIsGone() throws IOException {
    UnfinishedFile.create(target).close();
    assertThat(files()).isEmpty();
  }

  @Test
  void whatNobodyWritesGoesUnlessItIsAnothers() throws IOException {
    Path left;
    try (UnfinishedFile file = UnfinishedFile.create(target)) {
      left = file.path();
    }
    Files.writeString(left, "half");
    UnfinishedFile.sweep(folder, "other.");
    assertThat(files()).containsExactly(left);
    UnfinishedFile.sweep(folder, "model.");
    assertThat(files()).isEmpty();
  }

  @Test
  void whatAnotherSystemWroteOrCouldNotLockIsGivenADay() throws IOException {
    for (String number : List.of("00000000-0000.", "")) {
      Path file = folder.resolve("." + target.getFileName() + "." + number + "0.unfinished");
      Files.writeString(file, "half");
      UnfinishedFile.sweep(folder, "model.");
      assertThat(files()).containsExactly(file);
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      UnfinishedFile.sweep(folder, "model.");
      assertThat(files()).isEmpty();
    }
  }
}
