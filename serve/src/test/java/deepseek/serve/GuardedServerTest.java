package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.models.AutoModel;
import deepseek.models.encoder.TextClassifier;
import deepseek.serve.guard.AuditLog;
import deepseek.serve.guard.ClassifierGuard;
import deepseek.serve.guard.Guard;
import deepseek.serve.guard.Guard.Direction;
import deepseek.serve.guard.Guards;
import deepseek.serve.guard.PatternGuard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardedServerTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String CLASSIFIER = "../models/src/test/resources/golden/classifier-roberta";

  @Test
  void textsOfBothDirectionsAreRefusedAndLogged(@TempDir Path folder) throws Exception {
    Path audit = folder.resolve("audit.jsonl");
    Guard words = PatternGuard.of("words", EnumSet.allOf(Direction.class), List.of("forbidden"));
    try (TestServer server =
        TestServer.with(
            c -> c.withGuards(new Guards(List.of(words), Optional.of(new AuditLog(audit)))))) {
      TestServer.Reply asked =
          server.post(CHAT, TestServer.chat("").replace("the sky", "a Forbidden word"));
      assertThat(asked.status()).isEqualTo(400);
      assertThat(asked.json().at("/error/code").asText()).isEqualTo("content_filter");
      assertThat(asked.json().at("/error/param").asText()).isEqualTo("messages");
      for (String path : List.of("/v1/completions", "/v1/embeddings", "/api/generate")) {
        String field = path.endsWith("embeddings") ? "input" : "prompt";
        String model = path.endsWith("embeddings") ? "mean" : "tiny";
        assertThat(
                server
                    .post(path, "{'model': '%s', '%s': 'forbidden'}".formatted(model, field))
                    .status())
            .as(path)
            .isEqualTo(400);
      }
      String form = "'guided_regex': '%s', 'max_tokens': 40";
      JsonNode kept = server.post(CHAT, TestServer.chat(form.formatted("so forbidden"))).json();
      assertThat(kept.at("/choices/0/finish_reason").asText()).isEqualTo("content_filter");
      assertThat(kept.at("/choices/0/message/content").asText()).isEmpty();
      TestServer.Reply stream =
          server.post(CHAT, TestServer.chat(form.formatted("so forbidden") + ", 'stream': true"));
      assertThat(stream.events()).hasSize(2); // the role, and why it ended
      assertThat(stream.text()).contains("content_filter");
      TestServer.Reply passed =
          server.post(CHAT, TestServer.chat(form.formatted("so allowed") + ", 'stream': true"));
      StringBuilder text = new StringBuilder();
      for (JsonNode event : passed.events()) {
        text.append(event.at("/choices/0/delta/content").asText(""));
      }
      assertThat(text).hasToString("so allowed");
      server.assertQuiet();
    }
    assertThat(Files.readAllLines(audit)).hasSize(6);
    assertThat(Files.readString(audit))
        .contains("\"direction\":\"output\"")
        .doesNotContain("so forbidden");
  }

  @Test
  void aClassifierRefusesWhatItLabels() throws Exception {
    String label;
    float score;
    try (TextClassifier classifier = AutoModel.classifier(CLASSIFIER)) {
      label = classifier.classify("the sky").name();
      score = classifier.classify("the sky").score();
    }
    Set<Direction> inputs = EnumSet.of(Direction.INPUT);
    for (double least : new double[] {score * 0.99, Math.min(1, score * 1.01)}) {
      Guard guard =
          ClassifierGuard.open("topic", inputs, AutoModel.classifier(CLASSIFIER), label, least);
      try (TestServer server =
          TestServer.with(c -> c.withGuards(new Guards(List.of(guard), Optional.empty())))) {
        assertThat(server.post(CHAT, TestServer.chat("'max_tokens': 2")).status())
            .isEqualTo(least < score ? 400 : 200);
        String later = TestServer.chat("'max_tokens': 2").replace("the sky", "x ".repeat(600));
        assertThat(server.post(CHAT, later).status()).isIn(200, 400);
      }
    }
    assertThatThrownBy(
            () ->
                ClassifierGuard.open(
                    "topic", inputs, AutoModel.classifier(CLASSIFIER), "no such label", 0.5))
        .isInstanceOf(ServeException.class);
  }
}
