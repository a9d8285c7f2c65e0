package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.hub.HubServer.Fault;
import deepseek.hub.HubServer.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid replies of a hub: each is rejected with a one-line message, and nothing is installed. */
class HubReplyTest {
  private static final String ID = "org/tiny";
  private static final String COMMIT = "1".repeat(40);
  private static final String LIST = "/revision/main";
  private static final String CONFIG = "/config.json";
  private static final byte[] WEIGHTS = new byte[30_000];

  @TempDir Path home;
  private final HubServer server = new HubServer();
  private final List<Progress.Event> events = new ArrayList<>();

  @BeforeEach
  void fillServer() {
    new Random(1).nextBytes(WEIGHTS);
    server
        .small(ID, COMMIT, "config.json", "{}")
        .small(ID, COMMIT, "tokenizer.json", "{}")
        .large(ID, COMMIT, "model.safetensors", WEIGHTS);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private ModelLocation resolve() {
    HubOptions options =
        HubOptions.fromEnvironment(
                Map.of("HF_ENDPOINT", server.endpoint(), "HF_TOKEN", "hf_secret"), home)
            .withPatience(
                new HubOptions.Patience(
                    Duration.ofSeconds(3), Duration.ofMillis(700), 1, Duration.ofMillis(1)));
    return new ModelHub(options, events::add).resolve(ID);
  }

  private void assertRefused(String message) {
    assertThatThrownBy(this::resolve)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("\n");
    assertThat(home.resolve(".cache/huggingface/hub/models--org--tiny/refs")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://[",
        "http:///nowhere",
        "file:///etc/passwd",
        "ftp://host/file",
        "mailto:me",
        "http://a_b/file",
        "http://me:secret@bad host/file?signature=secret",
        "%zz"
      })
  void aRedirectToNoWebAddressIsRefused(String location) {
    for (Map.Entry<String, String> request :
        List.of(Map.entry("GET", LIST), Map.entry("HEAD", CONFIG), Map.entry("GET", CONFIG))) {
      server.reply(request.getKey(), request.getValue(), Reply.redirect(location));
      assertRefused("an http or https address to go to");
      server.replyAsUsual();
    }
    assertThat(events).filteredOn(Progress.Waiting.class::isInstance).isEmpty();
  }

  @Test
  void aRedirectToAPortThatIsNoneIsRefused() {
    server.reply("GET", LIST, Reply.redirect("http://127.0.0.1:99999/"));
    assertRefused("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({"GET,/revision/main", "HEAD,/config.json", "GET,/config.json"})
  void redirectsThatGoRoundAreRefusedAtOnce(String method, String end) {
    server.reply(method, end, Reply.redirect("./" + end.substring(end.lastIndexOf('/') + 1)));
    assertRefused("at most 8 redirects");
    assertThat(server.count("hub", method, end)).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource({"204,status 204", "302,an http or https address", "304,an http or https address"})
  void aStatusThatBringsNoListIsRefused(int status, String message) {
    server.reply("GET", LIST, new Reply(status, Map.of(), ""));
    assertRefused(message);
  }

  @Test
  void anotherHostNeverSeesTheToken() {
    for (Map.Entry<String, String> request :
        List.of(Map.entry("GET", LIST), Map.entry("HEAD", CONFIG), Map.entry("GET", CONFIG))) {
      server.reply(
          request.getKey(), request.getValue(), Reply.redirect(server.cdn() + "/elsewhere"));
      assertRefused("none that your token may see");
      server.replyAsUsual();
    }
    assertThat(server.seen)
        .filteredOn(s -> s.server().equals("cdn"))
        .hasSize(3)
        .noneMatch(s -> s.headers().containsKey("authorization"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not JSON",
        "[]",
        "{\"sha\": \"abc\"}",
        "{\"sha\": 1, \"siblings\": 2}",
        "{\"siblings\": []}",
        "{\"sha\": \"1111111111111111111111111111111111111111\", \"siblings\": \"config.json\"}",
        "{\"sha\": \"1111111111111111111111111111111111111111\", \"siblings\": [1, null, {}]}",
        "{\"sha\": \"1111111111111111111111111111111111111111\", \"siblings\":"
            + " [{\"rfilename\": \"config.json\", \"lfs\": {\"sha256\": \"!\"}}]}",
        "{\"sha\": \"1111111111111111111111111111111111111111\", \"siblings\":"
            + " [{\"rfilename\": \"config.json\", \"lfs\": {}}]}"
      })
  void aListThatIsNoneIsRefused(String body) {
    server.reply("GET", LIST, Reply.json(body));
    assertRefused("expected");
  }

  @Test
  void whatWasPackedOnTheWayIsRefused() {
    server.reply("GET", LIST, new Reply(200, Map.of("Content-Encoding", "gzip"), "{}"));
    assertRefused("Content-Encoding 'gzip'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-hash", "cafe"})
  void theListedHashIsCheckedWhereTheEtagIsNone(String etag) {
    server.claimEtag("model.safetensors", etag);
    server.claimEtag("config.json", etag + "-2");
    server.fail("config.json", Fault.WRONG_BYTES);
    assertRefused("the hash " + HubServer.gitHash("{}".getBytes(StandardCharsets.UTF_8)));
    server.fail("model.safetensors", Fault.WRONG_BYTES);
    assertRefused("the hash " + HubServer.hash("SHA-256", WEIGHTS));
    assertThat(resolve().root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void theListedHashWinsOverAnotherOne() {
    server.claimEtag("model.safetensors", "f".repeat(64));
    assertThat(resolve().root().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void theListedSizeIsChecked() {
    server.claimEtag("model.safetensors", "no-hash");
    server.stateSize(WEIGHTS.length + 1);
    assertRefused("the server has no bytes from 30000 on");
  }
}
