package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who runs models on a processor brings along no Vulkan and what it takes to describe kernels. */
class ClassPathTest {
  @Test
  void itNamesNoJarsOfOtherDevices() {
    List<String> entries = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
    assertThat(entries).anyMatch(entry -> entry.contains("pytorch"));
    assertThat(entries.stream().filter(entry -> entry.contains("lwjgl"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.lwjgl.Version", "deepseek.devices.runtime.Backend"})
  void itHasNoClassesOfOtherDevices(String name) {
    assertThatThrownBy(() -> Class.forName(name)).isInstanceOf(ClassNotFoundException.class);
  }
}
