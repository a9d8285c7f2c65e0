package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Machine;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.Checkpoint;
import deepseek.models.ModelConfig;
import deepseek.models.ModelException;
import deepseek.models.WeightParameters;
import deepseek.models.encoder.SentenceSettings.PromptTokens;
import deepseek.text.tokenizer.PaddingSide;
import deepseek.text.tokenizer.TokenBatch;
import deepseek.text.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;

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
 * <p>Texts longer than {@link #maxTokens} are cut. Calls from several threads take turns.
 */
public final class SentenceEncoder implements AutoCloseable {
  private static final int BATCH = 32;
  private static final int BATCH_TOKENS = 16384;

  /** Keeps the zero vector from becoming NaN. */
  private static final double LEAST_LENGTH = 1e-12;

  private final SentenceSettings settings;
  private final Tokenizer tokenizer;
  private final Encoder encoder;
  private final SentenceHead head;
  private final Device device;
  private final ReentrantLock turn = new ReentrantLock();
  private boolean closed;

  private SentenceEncoder(
      SentenceSettings settings,
      Tokenizer tokenizer,
      Encoder encoder,
      SentenceHead head,
      Device device) {
    this.settings = settings;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.head = head;
    this.device = device;
  }

  /** Opens a model's folder, or its {@code .gguf} or {@code .onnx} file, on the CPU in float32. */
  public static SentenceEncoder open(Path model) {
    return open(model, DType.FLOAT32, Device.CPU);
  }

  /**
   * @throws deepseek.DeepseekException when a file is missing or damaged, or they contradict each
   *     other
   */
  public static SentenceEncoder open(Path model, DType dtype, Device device) {
    boolean isFolder = Files.isDirectory(model);
    SentenceSettings settings = SentenceSettings.read(Checkpoint.folderOf(model));
    Path network = isFolder ? settings.modules().transformer() : model;
    try (Checkpoint checkpoint = Checkpoint.open(network)) {
      var parameters = new WeightParameters(checkpoint.weights(), dtype, device);
      Encoder encoder = EncoderFamilies.build(checkpoint.config(), parameters);
      try {
        return assemble(settings.withPoolingOf(checkpoint.pooling()), checkpoint, encoder, device);
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
      return new SentenceEncoder(settings, tokenizer, encoder, head, device);
    } catch (RuntimeException e) {
      head.close();
      throw e;
    }
  }

  /**
   * The network inside, for token vectors instead of sentence vectors. It takes turns with the
   * other calls; closing it closes this.
   */
  public Encoder encoder() {
    return new Network();
  }

  /** The network for callers that can't know when it is free and when it is closed. */
  private final class Network implements Encoder {
    @Override
    public ModelConfig config() {
      return encoder.config();
    }

    @Override
    public int vocabSize() {
      return encoder.vocabSize();
    }

    @Override
    public int hiddenSize() {
      return encoder.hiddenSize();
    }

    @Override
    public int maxLength() {
      return encoder.maxLength();
    }

    @Override
    public Tensor forward(Tensor ids, Tensor mask, Tensor typeIds) {
      return inTurn(() -> encoder.forward(ids, mask, typeIds));
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
    return Math.min(settings.maxTokens().orElse(encoder.maxLength()), encoder.maxLength());
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
    return inTurn(() -> countLonger(texts, prompt()));
  }

  /** How many of these texts {@link #encode(List, String)} cuts to {@link #maxTokens}. */
  public long countCut(List<String> texts, String promptName) {
    return inTurn(() -> countLonger(texts, prompt(promptName)));
  }

  private long countLonger(List<String> texts, String prompt) {
    return texts.stream()
        .filter(text -> tokenizer.encode(prompt + text).length > maxTokens())
        .count();
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

  private <T> T inTurn(Supplier<T> call) {
    turn.lock();
    try {
      if (closed) {
        throw new ModelException(
            "encode text", "an open encoder", "a closed one", "open the model again");
      }
      return call.get();
    } finally {
      turn.unlock();
    }
  }

  private List<float[]> embed(List<String> texts, String prompt) {
    return inTurn(() -> embedNow(texts, prompt));
  }

  private List<float[]> embedNow(List<String> texts, String prompt) {
    List<int[]> rows = texts.stream().map(text -> tokens(prompt + text)).toList();
    float[][] vectors = new float[rows.size()][];
    int skipped = skippedTokens(prompt);
    for (List<Integer> batch : batches(rows)) {
      List<float[]> found = vectors(batch.stream().map(rows::get).toList(), skipped);
      for (int i = 0; i < found.size(); i++) {
        vectors[batch.get(i)] = found.get(i);
      }
    }
    return List.of(vectors);
  }

  /** Indices of rows that run together: of like length, so that little is padded. */
  private static List<List<Integer>> batches(List<int[]> rows) {
    List<Integer> order =
        IntStream.range(0, rows.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> rows.get(i).length))
            .toList();
    List<List<Integer>> batches = new ArrayList<>();
    int start = 0;
    for (int end = 1; end <= order.size(); end++) {
      int shortest = rows.get(order.get(start)).length;
      int next = end == order.size() ? Integer.MAX_VALUE : rows.get(order.get(end)).length;
      boolean full = end - start == BATCH || (end - start + 1L) * next > BATCH_TOKENS;
      if (full || next > 2 * shortest) {
        batches.add(order.subList(start, end));
        start = end;
      }
    }
    return batches;
  }

  private int[] tokens(String text) {
    int[] ids = tokenizer.encode(text, maxTokens()).ids();
    for (int id : ids) {
      if (id >= encoder.vocabSize()) {
        throw new ModelException(
            "encode text",
            "token ids below " + encoder.vocabSize() + ", as the weights have",
            id + " for '" + tokenizer.token(id) + "'",
            "use tokenizer and weights of one model");
      }
    }
    return ids;
  }

  /** First tokens that pooling leaves out: the prompt's, with those before it, not those after. */
  private int skippedTokens(String prompt) {
    if (settings.promptTokens() == PromptTokens.POOLED || prompt.isEmpty()) {
      return 0;
    }
    int[] ids = tokens(prompt);
    return tokenizer.isSpecial(ids[ids.length - 1]) ? ids.length - 1 : ids.length;
  }

  private List<float[]> vectors(List<int[]> texts, int skipped) {
    TokenBatch batch = tokenizer.pad(texts, PaddingSide.RIGHT);
    try (var inference = InferenceMode.enter();
        var scope = Scope.open()) {
      Tensor mask = tensor(batch.mask(), batch);
      Tensor hidden =
          encoder.forward(tensor(batch.ids(), batch), mask, tensor(batch.typeIds(), batch));
      Tensor pooled = pool(hidden.to(DType.FLOAT32), tensor(pooledMask(batch, skipped), batch));
      return rows(pooled.toFloats());
    }
  }

  private Tensor tensor(long[] values, TokenBatch batch) {
    return Tensor.of(values, batch.rows(), batch.columns()).to(device);
  }

  private static long[] pooledMask(TokenBatch batch, int skipped) {
    long[] mask = batch.mask().clone();
    int count = Math.min(skipped, batch.columns());
    for (int row = 0; row < batch.rows(); row++) {
      int start = row * batch.columns();
      Arrays.fill(mask, start, start + count, 0);
    }
    return mask;
  }

  private Tensor pool(Tensor hiddenBLD, Tensor maskBL) {
    List<Tensor> parts = new ArrayList<>();
    settings.pooling().forEach(pooling -> parts.add(pooling.pool(hiddenBLD, maskBL)));
    return head.forward(Tensor.cat(parts, 1)).narrow(1, 0, dim());
  }

  private List<float[]> rows(float[] all) {
    List<float[]> rows = new ArrayList<>();
    for (int start = 0; start < all.length; start += dim()) {
      float[] row = Arrays.copyOfRange(all, start, start + dim());
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

  /** Waits for running calls; later ones are refused. */
  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      encoder.close();
      head.close();
      tokenizer.close();
      Machine.giveBackFreeMemory();
    } finally {
      turn.unlock();
    }
  }
}
