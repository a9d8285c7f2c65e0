package deepseek.langchain4j;

import deepseek.models.ModelException;
import deepseek.models.encoder.SentenceEncoder;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A sentence encoder in this process as LangChain4j's {@code EmbeddingModel}. An input type of
 * {@code QUERY} or {@code DOCUMENT} chooses the prompt that the model has for it, if it has one.
 * Calls from several threads take turns.
 */
public final class InProcessEmbeddingModel implements EmbeddingModel {
  private final SentenceEncoder encoder;

  /** With the vectors of {@code encoder}, which stays the caller's. */
  public InProcessEmbeddingModel(SentenceEncoder encoder) {
    ModelException.requirePresent("set up an embedding model", "an encoder", encoder);
    this.encoder = encoder;
  }

  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
    Optional<String> prompt = prompt(request.inputType());
    List<float[]> vectors =
        prompt.isPresent() ? encoder.encode(texts, prompt.get()) : encoder.encode(texts);
    return EmbeddingResponse.builder()
        .embeddings(vectors.stream().map(Embedding::from).toList())
        .build();
  }

  /** The names that sentence-transformers looks for, in its order. */
  private Optional<String> prompt(@Nullable EmbeddingInputType type) {
    List<String> names =
        switch (type) {
          case null -> List.of();
          case QUERY -> List.of("query");
          case DOCUMENT -> List.of("document", "passage", "corpus");
        };
    return names.stream().filter(encoder.promptNames()::contains).findFirst();
  }

  @Override
  public Set<EmbeddingParameter<?>> supportedParameters() {
    return Set.of(EmbeddingRequestParameters.INPUT_TYPE);
  }

  @Override
  public int dimension() {
    return encoder.dim();
  }
}
