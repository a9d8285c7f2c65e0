package deepseek.bench.speed;

import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/** This program, in this process. */
public final class OwnEngine implements Engine {
  private static final String TABLE = "model.embed_tokens.weight";

  private final Decoder decoder;
  private final OptionalInt context;
  private final Random random = new Random(0);

  /**
   * Takes ownership of the decoder.
   *
   * @param context tokens that each run's cache has room for; empty makes it as large as the run
   */
  public OwnEngine(Decoder decoder, OptionalInt context) {
    this.decoder = decoder;
    this.context = context;
  }

  @Override
  public String name() {
    return "deepseek";
  }

  /** The most tokens of a run. */
  public int contextLength() {
    return context.orElse(decoder.config().maxPositionEmbeddings());
  }

  @Override
  public void warmUp(Workload workload) {
    seconds(workload);
  }

  @Override
  public double seconds(Workload workload) {
    int share =
        switch (workload.kind()) {
          case PROMPT -> workload.tokens();
          case GENERATION -> 1;
        };
    int[] ids = random.ints(workload.tokens(), 0, decoder.config().vocabSize()).toArray();
    try (InferenceMode mode = InferenceMode.enter();
        KvCache cache = decoder.newCache(context.orElse(ids.length))) {
      long start = System.nanoTime();
      for (int from = 0; from < ids.length; from += share) {
        step(Arrays.copyOfRange(ids, from, from + share), cache);
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  /** The largest logit of the last token says that all was computed, wherever it was. */
  private void step(int[] ids, KvCache cache) {
    int most = decoder.maxStepTokens();
    for (int from = 0; from < ids.length; from += most) {
      int to = Math.min(ids.length, from + most);
      boolean ends = to == ids.length;
      try (Scope scope = Scope.open()) {
        var logits =
            decoder.step(
                List.of(new Span(cache, Arrays.copyOfRange(ids, from, to), ends ? 1 : 0)), 1);
        if (ends) {
          logits.ids(0);
        }
      }
    }
  }

  /**
   * Bytes of weights that a token reads, once the model has run: all of them, but for the embedding
   * table where the output layer has its own, and the experts that are not chosen.
   *
   * @param chosenExperts how many of the experts a token runs, of one
   */
  public long bytesPerToken(double chosenExperts) {
    double bytes = 0;
    for (Map.Entry<String, Tensor> parameter : decoder.state().entrySet()) {
      String name = parameter.getKey();
      if (name.equals(TABLE) && !decoder.config().tieWordEmbeddings()) {
        continue;
      }
      Tensor tensor = parameter.getValue();
      double share = name.contains(".experts.") ? chosenExperts : 1;
      bytes += share * tensor.numel() * tensor.dtype().byteSize();
    }
    return Math.round(bytes);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
