package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ModelException;
import deepseek.text.tokenizer.EncodedText;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer and the encoder that reads its tokens. Texts of several threads' calls run together.
 * Owns both.
 */
final class TextNetwork implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final Encoder encoder;
  private final Device device;
  private final int maxTokens;
  private final TypeIds typeIds;
  private Batching batching = Batching.USUAL;
  private @Nullable TextQueue queue;

  /** What tells a second text from the first. */
  enum TypeIds {
    /** As the tokenizer has them, 1 in a second text as a rule. */
    OF_TOKENIZER,
    /** All 0: for single texts, and for models that tell texts apart by separators only. */
    ZERO
  }

  /** {@code limit} is the length texts are cut to, where that is less than the encoder takes. */
  TextNetwork(
      Tokenizer tokenizer, Encoder encoder, Device device, OptionalInt limit, TypeIds typeIds) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.device = device;
    this.maxTokens = Math.min(limit.orElse(encoder.maxLength()), encoder.maxLength());
    this.typeIds = encoder.typeVocabSize() == 1 ? TypeIds.ZERO : typeIds;
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  Encoder encoder() {
    return encoder;
  }

  /** Tokens a text is cut to, those around it included. */
  int maxTokens() {
    return maxTokens;
  }

  /** Tokens of a text, cut. */
  EncodedText tokens(String text) {
    return checked(tokenizer.encode(text, maxTokens));
  }

  /** Tokens of two texts that are read as one, cut at the end of the longer one. */
  EncodedText tokens(TextPair pair) {
    return checked(tokenizer.encodePair(pair.first(), pair.second(), maxTokens));
  }

  /** Whether {@link #tokens(String)} cuts. */
  boolean cuts(String text) {
    return tokenizer.encode(text).length > maxTokens;
  }

  /** Whether {@link #tokens(TextPair)} cuts. */
  boolean cuts(TextPair pair) {
    EncodedText whole = tokenizer.encodePair(pair.first(), pair.second(), Integer.MAX_VALUE);
    return whole.ids().length > maxTokens;
  }

  private EncodedText checked(EncodedText text) {
    for (int id : text.ids()) {
      if (id >= encoder.vocabSize()) {
        throw new ModelException(
            "encode text",
            "token ids below " + encoder.vocabSize() + ", as the weights have",
            id + " for '" + tokenizer.token(id) + "'",
            "use tokenizer and weights of one model");
      }
    }
    return switch (typeIds) {
      case OF_TOKENIZER -> text;
      case ZERO -> new EncodedText(text.ids(), new int[text.ids().length]);
    };
  }

  /**
   * What {@code head} makes of each text's vector [N], in the order of the texts; {@code pooling}
   * makes that of the text's token vectors. Calls from several threads run together.
   *
   * @param head FP32 [B, N] to [B, M], with parameters of its own; runs on another thread
   */
  List<float[]> run(
      List<EncodedText> texts,
      Function<TokenVectors, float[]> pooling,
      UnaryOperator<Tensor> head) {
    return texts.isEmpty()
        ? List.of()
        : queue().run(new TextCall(texts, pooling, pooled -> ended(pooled, head)));
  }

  private synchronized TextQueue queue() {
    TextQueue known = queue;
    if (known == null) {
      known = new TextQueue(TextRoute.of(encoder, tokenizer, device));
      known.batching(batching);
      queue = known;
    }
    return known;
  }

  /** How later calls are joined. */
  synchronized void batching(Batching value) {
    batching = value;
    if (queue != null) {
      queue.batching(value);
    }
  }

  /** What ran so far. */
  synchronized EncoderStatistics statistics() {
    return queue == null ? new EncoderStatistics(0, 0, 0, 0, 0) : queue.statistics();
  }

  private List<float[]> ended(float[][] pooled, UnaryOperator<Tensor> head) {
    int dim = pooled[0].length;
    float[] together = new float[Math.multiplyExact(pooled.length, dim)];
    for (int row = 0; row < pooled.length; row++) {
      System.arraycopy(pooled[row], 0, together, row * dim, dim);
    }
    try (var inference = InferenceMode.enter();
        var scope = Scope.open()) {
      Tensor rows = Tensor.of(together, pooled.length, dim).to(device);
      float[] all = head.apply(rows).to(DType.FLOAT32).toFloats();
      return rows(all, all.length / pooled.length);
    }
  }

  private static List<float[]> rows(float[] all, int dim) {
    List<float[]> rows = new ArrayList<>();
    for (int start = 0; start < all.length; start += dim) {
      float[] row = Arrays.copyOfRange(all, start, start + dim);
      for (float value : row) {
        if (!Float.isFinite(value)) {
          throw new ModelException(
              "encode text",
              "finite numbers",
              value + " in a vector",
              "the weights are damaged: download them again");
        }
      }
      rows.add(row);
    }
    return rows;
  }

  @Override
  public synchronized void close() {
    if (queue != null) {
      queue.close();
    }
    encoder.close();
    tokenizer.close();
  }
}
