package deepseek.serve.shelf;

import deepseek.models.AutoModel;
import deepseek.models.AutoTokenizer;
import deepseek.models.CausalLm;
import deepseek.models.encoder.Reranker;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.models.generate.TokenRequest;
import deepseek.text.tokenizer.Tokenizer;
import java.util.List;

/** A model that is open. */
public sealed interface Loaded extends AutoCloseable {
  /** Opens it, which may fetch its files first. */
  static Loaded open(ServedModel model) {
    return switch (model.task()) {
      case TEXT -> Text.warm(AutoModel.causalLm(model.source(), model.options()));
      case EMBEDDING -> {
        Tokenizer tokenizer = AutoTokenizer.fromPretrained(model.source(), model.options());
        try {
          yield new Embedding(AutoModel.encoder(model.source(), model.options()), tokenizer);
        } catch (RuntimeException e) {
          tokenizer.close();
          throw e;
        }
      }
      case RANKING -> {
        Tokenizer tokenizer = AutoTokenizer.fromPretrained(model.source(), model.options());
        try {
          yield new Ranking(AutoModel.reranker(model.source(), model.options()), tokenizer);
        } catch (RuntimeException e) {
          tokenizer.close();
          throw e;
        }
      }
    };
  }

  @Override
  void close();

  /** A model that writes text. */
  record Text(CausalLm model) implements Loaded {
    /** Runs a token, so that the first request doesn't wait for weights to be read. */
    private static Text warm(CausalLm model) {
      try {
        model.engine().submit(TokenRequest.of(0).withMaxNewTokens(1)).result();
        model.engine().forget();
        return new Text(model);
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    }

    @Override
    public void close() {
      model.close();
    }
  }

  /**
   * A model of vectors.
   *
   * @param tokenizer to count tokens
   */
  record Embedding(SentenceEncoder encoder, Tokenizer tokenizer) implements Loaded {
    /** Tokens of the texts, as far as the model reads them. */
    public int countTokens(List<String> texts) {
      int most = encoder.maxTokens();
      return texts.stream().mapToInt(text -> tokenizer.encode(text, most).ids().length).sum();
    }

    @Override
    public void close() {
      encoder.close();
      tokenizer.close();
    }
  }

  /**
   * A model that ranks.
   *
   * @param tokenizer to count tokens
   */
  record Ranking(Reranker reranker, Tokenizer tokenizer) implements Loaded {
    /** Tokens of the pairs of query and text, as far as the model reads them. */
    public int countTokens(String query, List<String> texts) {
      int most = reranker.maxTokens();
      return texts.stream()
          .mapToInt(text -> tokenizer.encodePair(query, text, most).ids().length)
          .sum();
    }

    @Override
    public void close() {
      reranker.close();
      tokenizer.close();
    }
  }
}
