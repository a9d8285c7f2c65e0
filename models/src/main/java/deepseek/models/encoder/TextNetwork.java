package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ModelException;
import deepseek.text.tokenizer.EncodedText;
import deepseek.text.tokenizer.PaddingSide;
import deepseek.text.tokenizer.TokenBatch;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A tokenizer and the encoder that reads its tokens. Texts of similar length run together, so that
 * little is padded. Owns both.
 */
final class TextNetwork implements AutoCloseable {
  private static final int BATCH = 32;
  private static final int BATCH_TOKENS = 16384;

  private final Tokenizer tokenizer;
  private final Encoder encoder;
  private final Device device;
  private final int maxTokens;
  private final TypeIds typeIds;

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

  /** One row of numbers [B, N] per text, from the encoder's hidden states [B, L, D]. */
  interface Head {
    Tensor rows(Tensor hiddenBLD, TokenBatch batch);
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

  /** What {@code head} makes of each text, in float32 and in the order of the texts. */
  List<float[]> run(List<EncodedText> texts, Head head) {
    float[][] rows = new float[texts.size()][];
    for (List<Integer> batch : batches(texts)) {
      List<float[]> found =
          run(tokenizer.padTexts(batch.stream().map(texts::get).toList(), PaddingSide.RIGHT), head);
      for (int i = 0; i < found.size(); i++) {
        rows[batch.get(i)] = found.get(i);
      }
    }
    return List.of(rows);
  }

  /** Indices of texts that run together. */
  private static List<List<Integer>> batches(List<EncodedText> texts) {
    List<Integer> order =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> texts.get(i).ids().length))
            .toList();
    List<List<Integer>> batches = new ArrayList<>();
    int start = 0;
    for (int end = 1; end <= order.size(); end++) {
      int shortest = texts.get(order.get(start)).ids().length;
      int next = end == order.size() ? Integer.MAX_VALUE : texts.get(order.get(end)).ids().length;
      boolean full = end - start == BATCH || (end - start + 1L) * next > BATCH_TOKENS;
      if (full || next > 2 * shortest) {
        batches.add(order.subList(start, end));
        start = end;
      }
    }
    return batches;
  }

  private List<float[]> run(TokenBatch batch, Head head) {
    try (var inference = InferenceMode.enter();
        var scope = Scope.open()) {
      Tensor hidden =
          encoder.forward(
              tensor(batch.ids(), batch),
              tensor(batch.mask(), batch),
              tensor(batch.typeIds(), batch));
      float[] all = head.rows(hidden.to(DType.FLOAT32), batch).toFloats();
      return rows(all, all.length / batch.rows());
    }
  }

  /** One number per token of a batch, on the encoder's device. */
  Tensor tensor(long[] values, TokenBatch batch) {
    return Tensor.of(values, batch.rows(), batch.columns()).to(device);
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
  public void close() {
    encoder.close();
    tokenizer.close();
  }
}
