package deepseek.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.serve.ServeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsOfClientsTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void bucketsFillEvenlyAndForEachClient() {
    AtomicLong clock = new AtomicLong();
    RateLimit limit = new RateLimit(60, 2, clock::get);
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).hasValue(1);
    assertThat(limit.take("b")).isEmpty();
    clock.addAndGet(SECOND);
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).hasValue(1);
    clock.addAndGet(100 * SECOND);
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isEmpty();
    assertThat(limit.take("a")).isPresent();
  }

  @Test
  void keysAreKnownByTheirShortNames() {
    ApiKeys keys = ApiKeys.of(List.of("first-key-1", "second-key"));
    assertThat(keys.areNeeded()).isTrue();
    assertThat(keys.name("first-key-1")).isPresent().isNotEqualTo(keys.name("second-key"));
    assertThat(keys.name("first-key-1").orElseThrow()).doesNotContain("first");
    assertThat(keys.name("first-key-2")).isEmpty();
    assertThat(keys.name("")).isEmpty();
    assertThat(ApiKeys.none().areNeeded()).isFalse();
  }

  @Test
  void keysAreReadFromAFile(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(folder.resolve("keys"), "# ours\n key-number-1 \n\nkey-number-2\n");
    ApiKeys keys = ApiKeys.read(file);
    assertThat(keys.name("key-number-1")).isPresent();
    assertThat(keys.name("key-number-2")).isPresent();
    assertThat(keys.name("# ours")).isEmpty();
    Files.writeString(file, "# none\n");
    assertThatThrownBy(() -> ApiKeys.read(file)).isInstanceOf(ServeException.class);
    Files.writeString(file, "short\n");
    assertThatThrownBy(() -> ApiKeys.read(file))
        .isInstanceOf(ServeException.class)
        .hasMessageNotContaining("short\n");
    assertThatThrownBy(() -> ApiKeys.read(folder.resolve("missing")))
        .isInstanceOf(ServeException.class);
  }
}
