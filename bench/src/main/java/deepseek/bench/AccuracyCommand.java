package deepseek.bench;

import deepseek.compute.DType;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.AutoModel;
import deepseek.models.AutoTokenizer;
import deepseek.models.KvCacheType;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What few bits cost: the model's distributions over the next token of a text, against those of the
 * same weights multiplied in FLOAT32.
 */
@Command(
    name = "accuracy",
    description = "Perplexity and KL divergence of packed weights against the same in float32.")
final class AccuracyCommand implements Runnable {
  private static final int WINDOW = 512;
  private static final String TEXT = "declaration.txt";

  @Mixin private Setup setup;

  @Option(
      names = "--activation-bits",
      defaultValue = "16",
      description = "16 (default) or 8, which packed weights are multiplied with.")
  private int activationBits;

  @Option(
      names = "--quant",
      defaultValue = "as-stored",
      description =
          "as-stored, int4, int8 or none; default: ${DEFAULT-VALUE}. as-stored says what the kernels"
              + " cost, int4 and int8 what rounding costs on top; none is float32.")
  private String quantization;

  @Option(
      names = "--dtype",
      defaultValue = "float32",
      description =
          "float32, bfloat16 or float16; default: ${DEFAULT-VALUE}. With --quant none, what that type"
              + " costs.")
  private String dtype;

  @Option(
      names = "--kv-cache",
      defaultValue = "model",
      description =
          "int8 or model; default: ${DEFAULT-VALUE}. With --quant none, what the cache costs alone.")
  private KvCacheType kvCache;

  @Override
  public void run() {
    Report report = setup.report("accuracy");
    setup.applyThreads();
    List<long[]> windows = windows();
    ModelOptions exact = ModelOptions.defaults().withDtype(DType.FLOAT32);
    QuantizationConfig kind =
        QuantizationConfig.ofName(quantization).withActivationBits(activationBits);
    ModelOptions packed =
        (kind.weights() == QuantizationConfig.WeightBits.NONE
                ? exact.withDtype(DType.ofTorchName(dtype))
                : ModelOptions.defaults())
            .withQuantization(kind)
            .withKvCache(kvCache);
    try (Decoder reference = AutoModel.fromPretrained(setup.model(), exact);
        Decoder quantised = AutoModel.fromPretrained(setup.model(), packed);
        Scope scope = Scope.open()) {
      Sums sums = new Sums();
      for (long[] part : windows) {
        sums.add(logProbabilities(reference, part), logProbabilities(quantised, part), part);
      }
      double exactPerplexity = Math.exp(sums.exact / sums.count);
      double perplexity = Math.exp(sums.quantised / sums.count);
      report.figure("tokens of the text", sums.count, "tokens");
      report.figure("perplexity, float32", exactPerplexity, "");
      report.figure("perplexity, weights %s, cache %s".formatted(kind, kvCache), perplexity, "");
      report.figure("perplexity, change", 100 * (perplexity / exactPerplexity - 1), "%");
      report.figure("KL divergence, mean of tokens", sums.divergence / sums.count, "nats");
      report.figure("same most likely token", 100.0 * sums.agreed / sums.count, "%");
    }
  }

  /**
   * The text in parts. Where the tokenizer has a token before a text, each begins with it: without
   * it models are lost for a while, and what the first few tokens come to hangs on any rounding.
   */
  private List<long[]> windows() {
    try (Tokenizer tokenizer =
            AutoTokenizer.fromPretrained(setup.model(), ModelOptions.defaults());
        var in = AccuracyCommand.class.getResourceAsStream(TEXT)) {
      String text =
          new String(Objects.requireNonNull(in, TEXT).readAllBytes(), StandardCharsets.UTF_8);
      int[] ids = tokenizer.encode(text);
      int lead = tokenizer.bosId().orElse(-1) == ids[0] ? 1 : 0;
      List<long[]> parts = new ArrayList<>();
      for (int from = lead; from + 2 <= ids.length; from += WINDOW - lead) {
        int[] part =
            Arrays.copyOfRange(ids, from - lead, Math.min(from - lead + WINDOW, ids.length));
        part[0] = lead == 1 ? ids[0] : part[0];
        parts.add(Arrays.stream(part).asLongStream().toArray());
      }
      return parts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** [L, V] of a text from its beginning. */
  private static Tensor logProbabilities(Decoder decoder, long[] ids) {
    try (Scope scope = Scope.open();
        KvCache cache = decoder.newCache(WINDOW)) {
      Tensor logits = decoder.forward(Tensor.of(ids, 1, ids.length), cache);
      return scope.keep(logits.select(0, 0).to(DType.FLOAT32).logSoftmax(-1));
    }
  }

  /** Over the tokens after the first. */
  private static final class Sums {
    private double exact;
    private double quantised;
    private double divergence;
    private long agreed;
    private int count;

    void add(Tensor p, Tensor q, long[] ids) {
      try (Scope scope = Scope.open()) {
        int next = ids.length - 1;
        Tensor wanted = Tensor.of(Arrays.copyOfRange(ids, 1, ids.length), next, 1);
        Tensor left = p.narrow(0, 0, next);
        Tensor right = q.narrow(0, 0, next);
        exact -= left.gather(1, wanted).sum().item();
        quantised -= right.gather(1, wanted).sum().item();
        divergence += left.exp().mul(left.sub(right)).sum().item();
        long[] first = left.argmax(-1).toLongs();
        long[] second = right.argmax(-1).toLongs();
        for (int i = 0; i < next; i++) {
          agreed += first[i] == second[i] ? 1 : 0;
        }
        count += next;
      }
    }
  }
}
