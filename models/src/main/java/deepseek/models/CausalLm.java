package deepseek.models;

import deepseek.models.decoder.Decoder;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.TextStream;
import deepseek.models.generate.TokenGenerator;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
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

  /** Takes {@code checkpoint} over, also when this fails. */
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

  public Decoder decoder() {
    return decoder;
  }

  public DecoderConfig config() {
    return decoder.config();
  }

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

  /** Continues {@code prompt}; {@code onText} hears the answer as it comes. */
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> onText) {
    return answer(tokenizer.encode(prompt), options, onText);
  }

  /** Answers a conversation; {@code onText} hears the answer as it comes. */
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

  /** Continues each prompt, all at once; rows are padded on the left. */
  public List<Generation> generateBatch(List<String> prompts, GenerationOptions options) {
    List<int[]> ids = prompts.stream().map(tokenizer::encode).toList();
    return answers(ids, options, text -> {});
  }

  private Generation answer(int[] prompt, GenerationOptions options, Consumer<String> onText) {
    return answers(List.of(prompt), options, onText).getFirst();
  }

  private List<Generation> answers(
      List<int[]> prompts, GenerationOptions options, Consumer<String> onText) {
    if (prompts.isEmpty()) {
      return List.of();
    }
    List<TextStream> streams = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      streams.add(new TextStream(tokenizer.streamDecoder(), options.stop(), onText));
    }
    takeTurn("generate");
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

  /** The turn is one thread's, but a call from a callback would take the running answer's cache. */
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
