package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.PlanBuilder;
import deepseek.compute.PlanRefusedException;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.text.tokenizer.EncodedText;
import deepseek.text.tokenizer.PaddingSide;
import deepseek.text.tokenizer.TokenBatch;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How an encoder runs texts together. One thread at a time. */
sealed interface TextRoute extends AutoCloseable {
  /** Most tokens of a run, at least one text's. */
  int maxTokens();

  /** The last hidden states of each text, in turn. */
  List<TokenVectors> run(List<EncodedText> texts);

  /** Runs so far, and the rows that they read. */
  Rows rows();

  @Override
  void close();

  /**
   * What all runs so far read.
   *
   * @param runs of the network
   * @param all rows, those of padding included
   */
  record Rows(long runs, long all) {
    private static final Rows NONE = new Rows(0, 0);

    private Rows plus(long more) {
      return new Rows(runs + 1, all + more);
    }
  }

  /** As a plan of the CPU's kernels where they know the encoder, else layer by layer. */
  static TextRoute of(Encoder encoder, Tokenizer tokenizer, Device device) {
    LayerByLayer layers = new LayerByLayer(encoder, tokenizer, device);
    if (device.type() != Device.Type.CPU) {
      return layers;
    }
    try {
      return new Planned(encoder.plan(Math.max(Planned.RUN_TOKENS, encoder.maxLength())));
    } catch (PlanRefusedException e) {
      if (PlanBuilder.isSupported()) {
        System.getLogger(TextRoute.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "texts run layer by layer, which is slower: the kernels don''t do {0}",
                e.lacking());
      }
      return layers;
    }
  }

  /** Rows of all texts next to each other, without padding. */
  final class Planned implements TextRoute {
    // Fewer don't share the reading of the weights; more leave the L2 cache.
    private static final int RUN_TOKENS = 2048;

    private final PlannedEncoder encoder;
    private Rows rows = Rows.NONE;

    /** Takes ownership of {@code encoder}. */
    Planned(PlannedEncoder encoder) {
      this.encoder = encoder;
    }

    @Override
    public int maxTokens() {
      return encoder.plan().maxTokens();
    }

    @Override
    public List<TokenVectors> run(List<EncodedText> texts) {
      float[] hidden = encoder.run(texts);
      int dim = encoder.plan().width();
      rows = rows.plus(hidden.length / dim);
      List<TokenVectors> vectors = new ArrayList<>();
      int start = 0;
      for (EncodedText text : texts) {
        vectors.add(new TokenVectors(hidden, start, text.ids().length, dim));
        start += text.ids().length * dim;
      }
      return vectors;
    }

    @Override
    public Rows rows() {
      return rows;
    }

    @Override
    public void close() {
      encoder.close();
    }
  }

  /** By libtorch's operations: texts of similar length together, so that little is padded. */
  final class LayerByLayer implements TextRoute {
    private static final int BATCH = 32;
    private static final int BATCH_TOKENS = 16384;

    private final Encoder encoder;
    private final Tokenizer tokenizer;
    private final Device device;
    private Rows rows = Rows.NONE;

    /** Leaves its parts to their owner. */
    LayerByLayer(Encoder encoder, Tokenizer tokenizer, Device device) {
      this.encoder = encoder;
      this.tokenizer = tokenizer;
      this.device = device;
    }

    @Override
    public int maxTokens() {
      return Math.max(BATCH_TOKENS, encoder.maxLength());
    }

    @Override
    public List<TokenVectors> run(List<EncodedText> texts) {
      TokenVectors[] found = new TokenVectors[texts.size()];
      for (List<Integer> together : batches(texts)) {
        TokenBatch batch =
            tokenizer.padTexts(together.stream().map(texts::get).toList(), PaddingSide.RIGHT);
        float[] hidden = run(batch);
        rows = rows.plus((long) batch.rows() * batch.columns());
        int each = hidden.length / batch.rows();
        for (int row = 0; row < batch.rows(); row++) {
          int place = together.get(row);
          found[place] =
              new TokenVectors(
                  hidden, row * each, texts.get(place).ids().length, each / batch.columns());
        }
      }
      return Arrays.asList(found);
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

    private float[] run(TokenBatch batch) {
      try (var inference = InferenceMode.enter();
          var scope = Scope.open()) {
        return encoder
            .forward(
                tensor(batch.ids(), batch),
                tensor(batch.mask(), batch),
                tensor(batch.typeIds(), batch))
            .to(DType.FLOAT32)
            .toFloats();
      }
    }

    private Tensor tensor(long[] values, TokenBatch batch) {
      return Tensor.of(values, batch.rows(), batch.columns()).to(device);
    }

    @Override
    public Rows rows() {
      return rows;
    }

    @Override
    public void close() {}
  }
}
