package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.Environment;
import deepseek.files.DataException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubOptionsTest {
  @TempDir Path home;

  private HubOptions options(Map<String, String> variables) {
    return HubOptions.fromEnvironment(variables, home);
  }

  @Test
  void defaultsAreThoseOfTheHubsOwnClient() {
    HubOptions options = options(Map.of());
    assertThat(options.hubCache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(options.packageCache()).isEqualTo(home.resolve(".cache/deepseek"));
    assertThat(options.network()).isEqualTo(HubOptions.Network.ONLINE);
    assertThat(options.token()).isEmpty();
  }

  @Test
  void foldersFollowTheVariables() {
    assertThat(options(Map.of("XDG_CACHE_HOME", "/c")).hubCache())
        .isEqualTo(Path.of("/c/huggingface/hub"));
    assertThat(options(Map.of("XDG_CACHE_HOME", "/c")).packageCache())
        .isEqualTo(Path.of("/c/deepseek"));
    assertThat(options(Map.of("XDG_CACHE_HOME", "/c", "HF_HOME", "~/h")).hubCache())
        .isEqualTo(home.resolve("h/hub"));
    assertThat(
            options(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "$BIG/hub", "BIG", "/big")).hubCache())
        .isEqualTo(Path.of("/big/hub"));
    assertThat(options(Map.of("DEEPSEEK_CACHE", "/d")).packageCache()).isEqualTo(Path.of("/d"));
  }

  @ParameterizedTest
  @CsvSource({"1,OFFLINE", "on,OFFLINE", "Yes,OFFLINE", "TRUE,OFFLINE", "0,ONLINE", "no,ONLINE"})
  void offlineIsABooleanOfTheHub(String value, HubOptions.Network expected) {
    assertThat(options(Map.of("HF_HUB_OFFLINE", value)).network()).isEqualTo(expected);
  }

  @Test
  void theTokenComesFromTheVariableElseFromTheFile() throws IOException {
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "hf_file\n");
    assertThat(options(Map.of()).token()).contains(new HubOptions.Token("hf_file"));
    assertThat(options(Map.of("HF_TOKEN", " hf_env ")).token())
        .contains(new HubOptions.Token("hf_env"));
    assertThat(options(Map.of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).token()).isEmpty();
    assertThat(options(Map.of("HF_TOKEN", "hf_env")).toString()).doesNotContain("hf_env");
  }

  @Test
  void aMirrorIsAnHttpAddress() {
    assertThat(options(Map.of("HF_ENDPOINT", "http://127.0.0.1:9/hub/")).endpoint())
        .isEqualTo(URI.create("http://127.0.0.1:9/hub"));
    for (String wrong : new String[] {"file:///x", "not a uri", "mirror"}) {
      assertThatThrownBy(() -> options(Map.of("HF_ENDPOINT", wrong)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("HF_ENDPOINT");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hf_secret\u0007", "\u201chf_secret\u201d", "hf_\u00e9secret", "hf_ secret"})
  void aTokenThatNoHeaderCanHoldIsRefusedUnseen(String token) {
    assertThatThrownBy(() -> options(Map.of("HF_TOKEN", token)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("read the hub token")
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @Test
  void lineBreaksAreNoPartOfAToken() {
    assertThat(options(Map.of("HF_TOKEN", "hf_\r\nenv\n")).token())
        .contains(new HubOptions.Token("hf_env"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://me:secret@host/hub",
        "http://me:secret@host/hub?key=secret",
        "http://me:sec/secret@host",
        "http://me:sec secret@host",
        "me:secret@host",
        "http://host/#secret",
        "http://host/?secret"
      })
  void aMirrorsPasswordIsNotInTheErrorAboutIt(String endpoint) {
    assertThatThrownBy(() -> options(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("HF_ENDPOINT")
        .hasMessageNotContaining("sec")
        .hasNoCause();
  }

  @Test
  void noTextFormShowsAPassword() {
    Map<String, String> variables =
        Map.of("HF_ENDPOINT", "http://me:secret@host:81/hub", "HF_TOKEN", "hf_secret");
    HubOptions options = options(variables);
    assertThat(options.shownEndpoint()).isEqualTo("http://***@host:81/hub");
    assertThat(options.toString()).contains("http://***@host:81/hub").doesNotContain("secret");
    assertThat(new Environment(variables, home).toString()).doesNotContain("secret");
  }

  @Test
  void noMessageShowsAPassword() {
    String reason = "Looking in http://me:" + "secret".repeat(100) + "@host/simple, found nothing";
    assertThat(new DataException("fetch", "it", reason, "look"))
        .hasMessageContaining("Looking in http://***@host/simple, found")
        .hasMessageNotContaining("secret");
  }
}
