package deepseek.models;

import deepseek.models.decoder.Decoder;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.RowText;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.Score;
import deepseek.models.generate.TextStream;
import deepseek.models.generate.TokenGenerator;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A language model that takes and gives text: network, tokenizer and chat template. Calls from
 * several threads take turns; one from the callback of a running answer is refused.
 */
public final class CausalLm implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(CausalLm.class.getName());

  private static final String GENERATE = "generate";
  private static final String SCORE = "score";

  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chatTemplate;
  private final TokenGenerator generator;
  private final ReentrantLock turn = new ReentrantLock();

  private CausalLm(
      Decoder decoder,
      Tokenizer tokenizer,
      Optional<ChatTemplate> chatTemplate,
      TokenGenerator generator) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.chatTemplate = chatTemplate;
    this.generator = generator;
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
      TokenGenerator generator = new TokenGenerator(decoder, options.device(), ends, context);
      return new CausalLm(
          decoder, tokenizer, checkpoint.chatTemplate(tokenizer.specialTokens()), generator);
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
    return generator.contextLength();
  }

  /** Continues {@code prompt}; {@code onText} gets the answer as it comes. */
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> onText) {
    return answer(encode(prompt), options, onText);
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
    return answer(tokenizer.encodePrompt(template.prompt(messages, chat)), options, onText);
  }

  /** Continues each prompt, as many at once as a step has room for; the others follow. */
  public List<Generation> generateBatch(List<String> prompts, GenerationOptions options) {
    return generateBatch(prompts, options, (row, text) -> {});
  }

  /** The same; {@code onText} gets each prompt's answer as it comes. */
  public List<Generation> generateBatch(
      List<String> prompts, GenerationOptions options, RowText onText) {
    ModelException.requirePresent(GENERATE, "prompts", prompts);
    return answers(prompts.stream().map(this::encode).toList(), options, onText);
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
    List<int[]> wholes =
        continuations.stream()
            .map(
                text -> {
                  ModelException.requirePresent(SCORE, "a continuation", text);
                  return tokenizer.encode(prompt + text);
                })
            .toList();
    List<Score> scores = new ArrayList<>();
    takeTurn(SCORE);
    try {
      for (int[] whole : wholes) {
        int mismatch = Arrays.mismatch(alone, whole);
        int shared = mismatch < 0 ? whole.length : mismatch;
        scores.add(
            generator.score(
                Arrays.copyOf(whole, shared), Arrays.copyOfRange(whole, shared, whole.length)));
      }
      return scores;
    } finally {
      turn.unlock();
    }
  }

  private int[] encode(String prompt) {
    return encode(GENERATE, prompt);
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
    if (prompts.isEmpty()) {
      return List.of();
    }
    List<TextStream> streams = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      int row = i;
      streams.add(
          new TextStream(
              tokenizer.streamDecoder(), options.stop(), text -> onText.accept(row, text)));
    }
    takeTurn(GENERATE);
    try {
      List<TokenGenerator.Answer> answers =
          generator.generate(prompts, options, (row, id) -> streams.get(row).push(id));
      List<Generation> out = new ArrayList<>();
      for (int row = 0; row < answers.size(); row++) {
        TokenGenerator.Answer a = answers.get(row);
        out.add(
            new Generation(
                streams.get(row).finish(), prompts.get(row), a.ids(), a.finish(), a.timings()));
      }
      return out;
    } finally {
      turn.unlock();
    }
  }

  /**
   * The lock is this thread's, but a call from a callback would take the running answer's cache.
   */
  private void takeTurn(String operation) {
    if (turn.isHeldByCurrentThread()) {
      throw new ModelException(
          operation,
          "a model that is not answering",
          "a call from the callback of its own answer",
          "call it when the answer is there, or open the model once more");
    }
    turn.lock();
  }

  @Override
  public void close() {
    takeTurn("close the model");
    try {
      generator.close();
      decoder.close();
      tokenizer.close();
    } finally {
      turn.unlock();
    }
  }
}
