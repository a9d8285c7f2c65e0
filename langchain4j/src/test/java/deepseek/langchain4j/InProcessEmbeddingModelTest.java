package deepseek.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.encoder.SentenceEncoder;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class InProcessEmbeddingModelTest {
  private static final List<String> TEXTS = List.of("a ship", "the harbour at night");

  @TempDir private Path folder;

  @Test
  void vectorsAreTheEncoders() {
    try (SentenceEncoder encoder = AutoModel.encoder(Models.ENCODER)) {
      var model = new InProcessEmbeddingModel(encoder);
      List<float[]> own = encoder.encode(TEXTS);
      List<Embedding> all =
          model.embedAll(TEXTS.stream().map(TextSegment::from).toList()).content();
      assertThat(all).extracting(Embedding::vector).containsExactlyElementsOf(own);
      assertThat(model.embed("a ship").content().vector()).isEqualTo(encoder.encode("a ship"));
      assertThat(model.dimension()).isEqualTo(own.getFirst().length);
      assertThat(model.embedAll(List.of()).content()).isEmpty();
    }
  }

  private static EmbeddingRequest request(EmbeddingRequestParameters parameters) {
    return EmbeddingRequest.builder()
        .inputs(List.of(EmbeddingInput.from("a ship")))
        .parameters(parameters)
        .build();
  }

  private static EmbeddingRequest request(EmbeddingInputType type) {
    return request(EmbeddingRequestParameters.builder().inputType(type).build());
  }

  @Test
  void inputTypesAreTheModelsPrompts() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(Models.ENCODER))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = folder.resolve(Path.of(Models.ENCODER).relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    Files.writeString(
        folder.resolve("config_sentence_transformers.json"),
        "{\"prompts\": {\"query\": \"query: \", \"passage\": \"passage: \"}}");
    try (SentenceEncoder encoder = AutoModel.encoder(folder.toString())) {
      var model = new InProcessEmbeddingModel(encoder);
      for (String prompt : List.of("query", "passage")) {
        EmbeddingInputType type =
            prompt.equals("query") ? EmbeddingInputType.QUERY : EmbeddingInputType.DOCUMENT;
        assertThat(model.embed(request(type)).embeddings().getFirst().vector())
            .isEqualTo(encoder.encode(List.of("a ship"), prompt).getFirst())
            .isNotEqualTo(encoder.encode("a ship"));
      }
    }
  }

  @Test
  void aModelWithoutPromptsTakesAnyInputType() {
    try (SentenceEncoder encoder = AutoModel.encoder(Models.ENCODER)) {
      var model = new InProcessEmbeddingModel(encoder);
      assertThat(model.embed(request(EmbeddingInputType.QUERY)).embeddings().getFirst().vector())
          .isEqualTo(encoder.encode("a ship"));
      assertThatThrownBy(
              () ->
                  model.embed(request(EmbeddingRequestParameters.builder().dimensions(3).build())))
          .isInstanceOf(UnsupportedFeatureException.class);
    }
  }
}
