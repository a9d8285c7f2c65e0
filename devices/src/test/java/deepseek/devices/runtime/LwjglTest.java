package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.ChildJvm;
import deepseek.kernel.runtime.KernelCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that looks for Vulkan writes to disk and prints. */
class LwjglTest {
  @TempDir private Path folder;

  @Test
  void unpacksIntoTheCacheWithoutAWord() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String said =
        ChildJvm.run(
            folder,
            List.of("-Djava.io.tmpdir=" + temporary),
            Vulkan.class,
            folder.resolve("cache").toString());
    assertThat(said).doesNotContainIgnoringCase("lwjgl").doesNotContain("WARNING");
    assertThat(temporary).isEmptyDirectory();
    try (var files = Files.walk(folder.resolve("cache").resolve("lwjgl"))) {
      assertThat(files.filter(Files::isRegularFile)).isNotEmpty();
    }
  }

  /** Another process, with Vulkan or without. */
  static final class Vulkan {
    private Vulkan() {}

    public static void main(String[] arguments) throws IOException {
      try {
        VulkanRuntime.open(new KernelCache(Path.of(arguments[0]))).close();
      } catch (KernelException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
