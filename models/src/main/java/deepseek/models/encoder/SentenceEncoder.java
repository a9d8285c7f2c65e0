package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Machine;
import deepseek.compute.Tensor;
import deepseek.models.Checkpoint;
import deepseek.models.ModelConfig;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.WeightParameters;
import deepseek.models.encoder.SentenceSettings.PromptTokens;
import deepseek.models.encoder.TextNetwork.TypeIds;
import deepseek.text.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Sentences to vectors, as a sentence-transformers folder describes: tokenizer, encoder, pooling,
 * and what the folder does with the pooled vector.
 *
 * <pre>{@code
 * try (var encoder = AutoModel.encoder("bge-small")) {
 *   float[] cat = encoder.encode("a cat");
 *   float[] kitten = encoder.encode("a kitten");
 *   System.out.println(SentenceEncoder.cosine(cat, kitten));
 * }
 * }</pre>
 *
 * <p>Texts longer than {@link #maxTokens} are cut. Calls from several threads run together, as
 * {@link Batching} says.
 */
public final class SentenceEncoder implements AutoCloseable {
  /** Keeps the zero vector from becoming NaN. */
  private static final double LEAST_LENGTH = 1e-12;

  private final SentenceSettings settings;
  private final TextNetwork network;
  private final SentenceHead head;
  private final SharedCalls calls =
      new SharedCalls("encode text", "encoder", "open the model again");

  private SentenceEncoder(SentenceSettings settings, TextNetwork network, SentenceHead head) {
    this.settings = settings;
    this.network = network;
    this.head = head;
  }

  /**
   * Opens a model's folder, or its {@code .gguf} or {@code .onnx} file, on the CPU; in float32 but
   * for what a {@code .gguf} file has in few bits.
   */
  public static SentenceEncoder open(Path model) {
    return open(model, ModelOptions.defaults());
  }

  /**
   * @throws deepseek.DeepseekException when a file is missing or damaged, or they contradict each
   *     other
   */
  public static SentenceEncoder open(Path model, DType dtype, Device device) {
    return open(model, ModelOptions.defaults().withDtype(dtype).withDevice(device));
  }

  /**
   * @param options of which dtype, device and quantization count
   * @throws deepseek.DeepseekException when a file is missing or damaged, or they contradict each
   *     other
   */
  public static SentenceEncoder open(Path model, ModelOptions options) {
    boolean isFolder = Files.isDirectory(model);
    SentenceSettings settings = SentenceSettings.read(Checkpoint.folderOf(model));
    Path network = isFolder ? settings.modules().transformer() : model;
    try (Checkpoint checkpoint = Checkpoint.open(network)) {
      var parameters = WeightParameters.ofEncoder(checkpoint, options);
      Encoder encoder = EncoderFamilies.build(checkpoint.config(), parameters);
      try {
        return assemble(
            settings.withPoolingOf(checkpoint.pooling()), checkpoint, encoder, options.device());
      } catch (RuntimeException e) {
        encoder.close();
        throw e;
      }
    }
  }

  private static SentenceEncoder assemble(
      SentenceSettings settings, Checkpoint checkpoint, Encoder encoder, Device device) {
    int pooled = encoder.hiddenSize() * settings.pooling().size();
    SentenceHead head = SentenceHead.open(settings.modules().after(), pooled, device);
    try {
      Tokenizer tokenizer = checkpoint.openTokenizer(settings.letters());
      var network = new TextNetwork(tokenizer, encoder, device, settings.maxTokens(), TypeIds.ZERO);
      return new SentenceEncoder(settings, network, head);
    } catch (RuntimeException e) {
      head.close();
      throw e;
    }
  }

  /**
   * The network inside, for token vectors instead of sentence vectors, which libtorch computes;
   * closing it closes this.
   */
  public Encoder encoder() {
    return new Network();
  }

  /** The network for callers that can't know when it is free and when it is closed. */
  private final class Network implements Encoder {
    @Override
    public ModelConfig config() {
      return network.encoder().config();
    }

    @Override
    public int vocabSize() {
      return network.encoder().vocabSize();
    }

    @Override
    public int typeVocabSize() {
      return network.encoder().typeVocabSize();
    }

    @Override
    public int hiddenSize() {
      return network.encoder().hiddenSize();
    }

    @Override
    public int maxLength() {
      return network.encoder().maxLength();
    }

    @Override
    public Tensor forward(Tensor ids, Tensor mask, Tensor typeIds) {
      return calls.run(() -> network.encoder().forward(ids, mask, typeIds));
    }

    @Override
    public void close() {
      SentenceEncoder.this.close();
    }
  }

  /** Numbers in a vector. */
  public int dim() {
    return Math.min(settings.truncateDim().orElse(head.dim()), head.dim());
  }

  /** Tokens a text is cut to, those around it included. */
  public int maxTokens() {
    return network.maxTokens();
  }

  /** Names of the prompts the model was trained with, such as {@code query}; often none. */
  public Set<String> promptNames() {
    return settings.prompts().keySet();
  }

  /** The vector of one text, after the model's default prompt if it has one. */
  public float[] encode(String text) {
    return encode(List.of(text)).getFirst();
  }

  /** The vectors of texts, each after the model's default prompt if it has one. */
  public List<float[]> encode(List<String> texts) {
    return embed(texts, prompt());
  }

  private String prompt() {
    return settings.defaultPrompt().map(settings.prompts()::get).orElse("");
  }

  /** The vectors of texts, each after the prompt of this name. */
  public List<float[]> encode(List<String> texts, String promptName) {
    return embed(texts, prompt(promptName));
  }

  private String prompt(String promptName) {
    if (!promptNames().contains(promptName)) {
      throw new ModelException(
          "encode with a prompt",
          promptNames().isEmpty() ? "no prompt: the model has none" : "one of " + promptNames(),
          "'" + promptName + "'",
          "leave the prompt out, or put its words before each text yourself");
    }
    return settings.prompts().getOrDefault(promptName, "");
  }

  /** The vectors of texts as they are, whatever the model's default prompt. */
  public List<float[]> encodeWithoutPrompt(List<String> texts) {
    return embed(texts, "");
  }

  /** How many of these texts {@link #encode(List)} cuts to {@link #maxTokens}. */
  public long countCut(List<String> texts) {
    return calls.run(() -> countLonger(texts, prompt()));
  }

  /** How many of these texts {@link #encode(List, String)} cuts to {@link #maxTokens}. */
  public long countCut(List<String> texts, String promptName) {
    return calls.run(() -> countLonger(texts, prompt(promptName)));
  }

  private long countLonger(List<String> texts, String prompt) {
    return texts.stream().filter(text -> network.cuts(prompt + text)).count();
  }

  /** The cosine of the angle between two vectors: 1 for the same direction, 0 for none shared. */
  public static float cosine(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new ModelException(
          "compare vectors",
          "two of one length",
          a.length + " and " + b.length,
          "encode both with the same model");
    }
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squareA += (double) a[i] * a[i];
      squareB += (double) b[i] * b[i];
    }
    return (float) (product / Math.max(Math.sqrt(squareA * squareB), LEAST_LENGTH));
  }

  private List<float[]> embed(List<String> texts, String prompt) {
    return calls.run(
        () -> {
          int skipped = skippedTokens(prompt);
          return network.run(
              texts.stream().map(text -> network.tokens(prompt + text)).toList(),
              text -> pool(text, skipped),
              pooled -> head.forward(pooled).narrow(1, 0, dim()));
        });
  }

  /** First tokens that pooling leaves out: the prompt's, with those before it, not those after. */
  private int skippedTokens(String prompt) {
    if (settings.promptTokens() == PromptTokens.POOLED || prompt.isEmpty()) {
      return 0;
    }
    int[] ids = network.tokens(prompt).ids();
    return network.tokenizer().isSpecial(ids[ids.length - 1]) ? ids.length - 1 : ids.length;
  }

  private float[] pool(TokenVectors text, int skipped) {
    List<Pooling> all = settings.pooling();
    if (all.size() == 1) {
      return all.getFirst().pool(text, skipped);
    }
    float[] joined = new float[all.size() * text.dim()];
    for (int i = 0; i < all.size(); i++) {
      System.arraycopy(all.get(i).pool(text, skipped), 0, joined, i * text.dim(), text.dim());
    }
    return joined;
  }

  /** How texts of several threads' calls run together from now on. */
  public void batching(Batching batching) {
    ModelException.requirePresent("join calls", "how", batching);
    network.batching(batching);
  }

  /** What ran since this was opened. */
  public EncoderStatistics statistics() {
    return network.statistics();
  }

  /** Waits for running calls; later ones are refused. */
  @Override
  public void close() {
    calls.close(
        () -> {
          network.close();
          head.close();
          Machine.giveBackFreeMemory();
        });
  }
}
