package deepseek.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.ModelException;
import deepseek.models.encoder.SentenceEncoder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

@ExtendWith(LeakCheck.class)
class InProcessEmbeddingModelTest {
  private static final List<String> TEXTS = List.of("a ship", "the harbour at night");

  private SentenceEncoder encoder;
  private InProcessEmbeddingModel model;

  @BeforeEach
  void open() {
    encoder = AutoModel.encoder(Models.ENCODER);
    model = new InProcessEmbeddingModel(encoder);
  }

  @AfterEach
  void close() {
    encoder.close();
  }

  @Test
  void vectorsAreTheEncoders() {
    List<float[]> own = encoder.encode(TEXTS);
    assertThat(model.embed(TEXTS)).containsExactlyElementsOf(own);
    assertThat(model.embed("a ship")).isEqualTo(encoder.encode("a ship"));
    assertThat(model.embed(new Document("a ship"))).isEqualTo(encoder.encode("a ship"));
    EmbeddingResponse response = model.embedForResponse(TEXTS);
    assertThat(response.getResults().get(1).getIndex()).isEqualTo(1);
    assertThat(model.dimensions()).isEqualTo(own.getFirst().length);
  }

  @Test
  void otherDimensionsAreRefused() {
    EmbeddingOptions own = EmbeddingOptions.builder().dimensions(model.dimensions()).build();
    assertThat(model.call(new EmbeddingRequest(TEXTS, own)).getResults()).hasSize(2);
    EmbeddingOptions other = EmbeddingOptions.builder().dimensions(3).build();
    assertThatThrownBy(() -> model.call(new EmbeddingRequest(TEXTS, other)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("got 3");
  }
}
