package deepseek.bench.speed;

import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/** This program, in this process. */
public final class OwnEngine implements Engine {
  private static final String TABLE = "model.embed_tokens.weight";

  private final Decoder decoder;
  private final Device device;
  private final OptionalInt context;
  private final Random random = new Random(0);

  /**
   * Takes ownership of the decoder.
   *
   * @param context tokens that each run's cache has room for; empty makes it as large as the run
   */
  public OwnEngine(Decoder decoder, Device device, OptionalInt context) {
    this.decoder = decoder;
    this.device = device;
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
        KvCache cache = decoder.newCache(context.orElse(ids.length), 0)) {
      long start = System.nanoTime();
      for (int from = 0; from < ids.length; from += share) {
        step(ids, from, share, cache);
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private void step(int[] ids, int from, int count, KvCache cache) {
    try (Scope scope = Scope.open()) {
      long[] tokens = new long[count];
      for (int i = 0; i < count; i++) {
        tokens[i] = ids[from + i];
      }
      Tensor logits = decoder.forwardLast(Tensor.of(tokens, 1, count).to(device), cache);
      if (device.type() != Device.Type.CPU) {
        logits.select(1, 0).item(); // waits until it is there
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
