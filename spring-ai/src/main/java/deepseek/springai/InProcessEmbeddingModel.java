package deepseek.springai;

import deepseek.models.ModelException;
import deepseek.models.encoder.SentenceEncoder;
import java.util.ArrayList;
import java.util.List;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/**
 * A sentence encoder in this process as Spring AI's {@code EmbeddingModel}. Texts follow the
 * model's default prompt if it has one. Calls from several threads take turns.
 */
public final class InProcessEmbeddingModel implements EmbeddingModel {
  private final SentenceEncoder encoder;

  /** With the vectors of {@code encoder}, which stays the caller's. */
  public InProcessEmbeddingModel(SentenceEncoder encoder) {
    ModelException.requirePresent("set up an embedding model", "an encoder", encoder);
    this.encoder = encoder;
  }

  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    EmbeddingOptions options = request.getOptions();
    if (options != null
        && options.getDimensions() != null
        && options.getDimensions() != dimensions()) {
      throw new ModelException(
          "embed texts",
          "vectors of " + dimensions() + " numbers, as the model has",
          options.getDimensions() + "",
          "leave the dimensions out");
    }
    List<Embedding> embeddings = new ArrayList<>();
    for (float[] vector : encoder.encode(request.getInstructions())) {
      embeddings.add(new Embedding(vector, embeddings.size()));
    }
    return new EmbeddingResponse(embeddings);
  }

  @Override
  public float[] embed(Document document) {
    String text = getEmbeddingContent(document);
    if (text == null) {
      throw new ModelException("embed a document", "text", "media", "leave it out");
    }
    return encoder.encode(text);
  }

  @Override
  public int dimensions() {
    return encoder.dim();
  }
}
