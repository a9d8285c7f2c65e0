package deepseek.models;

import deepseek.models.decoder.Decoder;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.generate.Engine;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.RowText;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.Score;
import deepseek.models.generate.TextAnswer;
import deepseek.models.generate.TokenRequest;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A language model that takes and gives text: network, tokenizer and chat template. Safe for use by
 * several threads: what they ask for runs together, on one {@link Engine}.
 */
public final class CausalLm implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(CausalLm.class.getName());

  private static final String GENERATE = "generate";
  private static final String SCORE = "score";

  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chatTemplate;
  private final Engine engine;
  private final Constraints constraints;

  private CausalLm(
      Decoder decoder, Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate, Engine engine) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.chatTemplate = chatTemplate;
    this.engine = engine;
    this.constraints = new Constraints(tokenizer, engine.endIds());
  }

  /** Takes ownership of {@code checkpoint}, also when this fails. */
  static CausalLm open(Checkpoint checkpoint, ModelOptions options) {
    Decoder decoder = AutoModel.decoder(checkpoint, options);
    try {
      return assemble(checkpoint, decoder, checkpoint.openTokenizer(), options);
    } catch (RuntimeException e) {
      decoder.close();
      throw e;
    }
  }

  private static CausalLm assemble(
      Checkpoint checkpoint, Decoder decoder, Tokenizer tokenizer, ModelOptions options) {
    try {
      Set<Integer> ends = EndTokens.of(checkpoint, decoder.config().eosTokenIds(), tokenizer);
      int usual = decoder.config().maxPositionEmbeddings();
      int context = options.contextLength().orElse(usual);
      if (context > usual) {
        LOG.log(
            System.Logger.Level.WARNING,
            "a context of {0} tokens is asked for, the model has learnt {1}: beyond them it may"
                + " write nonsense",
            context,
            usual);
      }
      Engine engine = Engine.open(decoder, ends, context, options.engine());
      return new CausalLm(
          decoder, tokenizer, checkpoint.chatTemplate(tokenizer.specialTokens()), engine);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** The network, token ids to logits; it stays this model's. */
  public Decoder decoder() {
    return decoder;
  }

  /** The network's config. */
  public DecoderConfig config() {
    return decoder.config();
  }

  /** Its tokenizer, which stays this model's. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** How conversations are put to the model; empty for models that only continue text. */
  public Optional<ChatTemplate> chatTemplate() {
    return chatTemplate;
  }

  /** Tokens of prompt and answer together. */
  public int contextLength() {
    return engine.contextLength();
  }

  /** The tokens that end its answers. */
  public Set<Integer> endIds() {
    return engine.endIds();
  }

  /** What runs its requests; it stays this model's. */
  public Engine engine() {
    return engine;
  }

  /** Continues {@code prompt}; {@code onText} gets the answer as it comes. */
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> onText) {
    return answer(encode(GENERATE, prompt), options, onText);
  }

  /** Answers a conversation; {@code onText} gets the answer as it comes. */
  public Generation chat(
      List<ChatMessage> messages, GenerationOptions options, Consumer<String> onText) {
    return chat(messages, ChatOptions.ANSWER, options, onText);
  }

  /** Answers a conversation with up to 512 tokens. */
  public Generation chat(List<ChatMessage> messages, Sampling sampling, Consumer<String> onText) {
    return chat(messages, GenerationOptions.defaults().withSampling(sampling), onText);
  }

  /** Answers a conversation, with tools, documents or variables for the template. */
  public Generation chat(
      List<ChatMessage> messages,
      ChatOptions chat,
      GenerationOptions options,
      Consumer<String> onText) {
    return answer(chatPrompt(messages, chat), options, onText);
  }

  /** The tokens by which the model's template puts a conversation to it. */
  public int[] chatPrompt(List<ChatMessage> messages, ChatOptions chat) {
    ModelException.requirePresent("chat", "messages", messages);
    ModelException.requirePresent("chat", "chat options", chat);
    ChatTemplate template =
        chatTemplate.orElseThrow(
            () ->
                new ModelException(
                    "chat",
                    "a model with a chat template",
                    "none in its files",
                    "use generate, or an instruct model"));
    return tokenizer.encodePrompt(template.prompt(messages, chat));
  }

  /** Continues each prompt, as many at once as a step has room for; the others follow. */
  public List<Generation> generateBatch(List<String> prompts, GenerationOptions options) {
    return generateBatch(prompts, options, (row, text) -> {});
  }

  /**
   * The same; {@code onText} gets each prompt's answer as it comes. With a seed, the n-th prompt
   * has the seed plus n, counted from 0.
   */
  public List<Generation> generateBatch(
      List<String> prompts, GenerationOptions options, RowText onText) {
    ModelException.requirePresent(GENERATE, "prompts", prompts);
    return answers(
        prompts.stream().map(prompt -> encode(GENERATE, prompt)).toList(), options, onText);
  }

  /**
   * Starts to continue {@code prompt}; what comes is taken from the stream that this returns.
   *
   * @throws deepseek.models.generate.EngineBusyException if as many requests wait as may
   */
  public TextAnswer submit(String prompt, GenerationOptions options) {
    return submit(encode(GENERATE, prompt), options);
  }

  /** Starts to answer a conversation. */
  public TextAnswer submitChat(
      List<ChatMessage> messages, ChatOptions chat, GenerationOptions options) {
    return submit(chatPrompt(messages, chat), options);
  }

  /** Starts to continue a prompt of token ids. */
  public TextAnswer submit(int[] prompt, GenerationOptions options) {
    ModelException.requirePresent(GENERATE, "a prompt", prompt);
    ModelException.requirePresent(GENERATE, "options", options);
    TokenRequest request =
        new TokenRequest(
            prompt,
            options.maxNewTokens(),
            options.sampling(),
            options.logProbabilities(),
            options.grammar().map(constraints::of),
            options.priority(),
            options.client(),
            options.ignoreEos(),
            options.cancelled());
    return engine.submit(
        request, new TextAnswer(prompt, tokenizer.streamDecoder(), options.stop()));
  }

  /**
   * Scores each of {@code continuations} as what comes after {@code prompt}, which is run once for
   * all of them: to classify, rank or compare texts.
   *
   * <p>Prompt and continuation are tokenised as one text. Its tokens count as the continuation's
   * from the first that the prompt alone doesn't have, so that a space is best put where a word
   * begins, {@code "The sky is"} and {@code " blue"}.
   *
   * @throws ModelException if one of them adds no token, or the context is too short for it
   */
  public List<Score> score(String prompt, List<String> continuations) {
    ModelException.requirePresent(SCORE, "continuations", continuations);
    int[] alone = encode(SCORE, prompt);
    List<Score> scores = new ArrayList<>();
    for (String continuation : continuations) {
      ModelException.requirePresent(SCORE, "a continuation", continuation);
      int[] whole = tokenizer.encode(prompt + continuation);
      int mismatch = Arrays.mismatch(alone, whole);
      int shared = mismatch < 0 ? whole.length : mismatch;
      scores.add(
          engine.score(
              Arrays.copyOf(whole, shared), Arrays.copyOfRange(whole, shared, whole.length)));
    }
    return scores;
  }

  private int[] encode(String operation, String prompt) {
    ModelException.requirePresent(operation, "a prompt", prompt);
    return tokenizer.encode(prompt);
  }

  private Generation answer(int[] prompt, GenerationOptions options, Consumer<String> onText) {
    ModelException.requirePresent(GENERATE, "a listener", onText);
    return answers(List.of(prompt), options, (row, text) -> onText.accept(text)).getFirst();
  }

  private List<Generation> answers(List<int[]> prompts, GenerationOptions options, RowText onText) {
    ModelException.requirePresent(GENERATE, "options", options);
    ModelException.requirePresent(GENERATE, "a listener", onText);
    return TextAnswer.all(
        prompts.size(), row -> submit(prompts.get(row), ofRow(options, row)), onText);
  }

  /** Rows draw from random numbers of their own. */
  private static GenerationOptions ofRow(GenerationOptions options, int row) {
    OptionalLong seed = options.sampling().seed();
    return row == 0 || seed.isEmpty()
        ? options
        : options.withSampling(options.sampling().withSeed(seed.getAsLong() + row));
  }

  /** Ends what runs, as cancelled, and frees the model. */
  @Override
  public void close() {
    engine.close();
    decoder.close();
    tokenizer.close();
  }
}
