package deepseek.text.tokenizer;

import deepseek.files.DataException;
import deepseek.files.KeyValues;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Converts text to token ids and back, exactly like the model's own tokenizer.
 *
 * <pre>{@code
 * try (var tokenizer = Tokenizer.open(Path.of("SmolLM2-135M-Instruct"))) {
 *   int[] ids = tokenizer.encode("Why is the sky blue?");
 *   System.out.println(tokenizer.decode(ids));
 * }
 * }</pre>
 *
 * <p>Encoding and decoding are thread-safe. All methods throw {@link DataException} for text with
 * an unpaired surrogate, text that is too long, negative ids, and use after close.
 */
public final class Tokenizer implements AutoCloseable {
  private final TokenizerSource source;
  private final Vocabulary vocabulary;
  private final SequencedSet<Integer> eosIds;
  private final TextLimit limit;
  private final NativeTokenizer tokenizer;
  private final SpecialTexts specialTexts;
  private final Optional<String> decoder;
  private volatile NativeTokenizer plain;
  private volatile @Nullable StandIns standIns;
  private volatile @Nullable TokenBytes tokenBytes;
  private boolean closed;

  private Tokenizer(TokenizerSource source) {
    NativeLibrary.prepare();
    TokenizerJson json = source.json().get();
    this.source = source;
    this.vocabulary = Vocabulary.of(json);
    this.eosIds = eosIds(source, vocabulary);
    this.limit = json.limit();
    this.tokenizer = NativeTokenizer.checked(json, source.name());
    this.plain = tokenizer;
    this.specialTexts = new SpecialTexts(json.addedTokens());
    this.decoder = json.decoder();
  }

  /**
   * Opens a Hugging Face folder that contains a {@code tokenizer.json}, or a {@code
   * tokenizer.model} of SentencePiece. The caller owns the tokenizer.
   */
  public static Tokenizer open(Path folder) {
    return open(folder, Letters.AS_WRITTEN);
  }

  /**
   * Opens a folder, for a model that requires lower case in addition to its tokenizer's own steps.
   */
  public static Tokenizer open(Path folder, Letters letters) {
    return new Tokenizer(new TokenizerFolder(folder).source().with(letters));
  }

  /** Whether {@link #open} finds a tokenizer in this folder. */
  public static boolean isIn(Path folder) {
    return TokenizerFolder.isTokenizer(folder);
  }

  /**
   * Creates the tokenizer described by a GGUF file's {@code tokenizer.ggml.*} keys: {@code gpt2}
   * (byte-level BPE), {@code llama} (SentencePiece BPE) or {@code bert} (WordPiece).
   */
  public static Tokenizer ofGguf(KeyValues metadata) {
    return new Tokenizer(new GgufTokenizer(metadata).source());
  }

  private static SequencedSet<Integer> eosIds(TokenizerSource source, Vocabulary vocabulary) {
    SequencedSet<Integer> ids = new LinkedHashSet<>();
    source.special().text("eos_token").map(vocabulary::id).ifPresent(id -> id.ifPresent(ids::add));
    ids.addAll(source.stopIds());
    ids.removeIf(id -> id >= vocabulary.size());
    return Collections.unmodifiableSequencedSet(ids);
  }

  /**
   * Ids of a text, with the tokens the model expects around it (BOS, {@code [CLS]} …). Special
   * tokens in the text are recognised.
   */
  public int[] encode(String text) {
    return ids(tokenizer.encode(checked(text), true));
  }

  /**
   * Ids of a prompt that already has its special tokens, such as a rendered chat template: nothing
   * is added, and special tokens in the text are recognised.
   */
  public int[] encodePrompt(String prompt) {
    return ids(tokenizer.encode(checked(prompt), false));
  }

  /**
   * Ids of a prompt in which special tokens are recognised only outside its plain ranges. If there
   * are none inside, the ids are those of {@link #encodePrompt(String)}.
   */
  public int[] encodePrompt(PromptText prompt) {
    String text = checked(prompt.text());
    if (prompt.plain().isEmpty()) {
      return encodePrompt(text);
    }
    SpecialTexts.Found found = specialTexts.in(prompt);
    return found.mere().isEmpty() && specialTexts.seesAll()
        ? encodePrompt(text)
        : ids(standIns().encode(prompt, found));
  }

  /**
   * Ids of an untrusted text: nothing is added, and special tokens in it are plain text, so that it
   * can't forge the end of a turn.
   */
  public int[] encodePlain(String text) {
    return ids(plain().encode(checked(text), false));
  }

  /** Like {@link #encode}, truncated to {@code maxTokens} at the end of the text. */
  public EncodedText encode(String text, int maxTokens) {
    return Truncation.cut(tokenizer.encode(checked(text), true), maxTokens);
  }

  /**
   * Ids of a pair of texts for encoders ({@code [CLS] first [SEP] second [SEP]}), truncated to
   * {@code maxTokens} at the end of the longer one.
   */
  public EncodedText encodePair(String first, String second, int maxTokens) {
    return Truncation.cut(tokenizer.encodePair(checked(first), checked(second)), maxTokens);
  }

  /** Encodes each text as {@link #encode(String, int)} does and pads to the longest. */
  public TokenBatch encodeBatch(List<String> texts, int maxTokens, PaddingSide side) {
    List<EncodedText> rows = new ArrayList<>(texts.size());
    texts.forEach(text -> rows.add(encode(text, maxTokens)));
    return padTexts(rows, side);
  }

  /** Encodes each entry as {@link #encodePair} does and pads to the longest. */
  public TokenBatch encodePairs(
      List<Map.Entry<String, String>> pairs, int maxTokens, PaddingSide side) {
    List<EncodedText> rows = new ArrayList<>(pairs.size());
    pairs.forEach(pair -> rows.add(encodePair(pair.getKey(), pair.getValue(), maxTokens)));
    return padTexts(rows, side);
  }

  /** Pads rows of ids that were encoded one by one, such as rendered chats. */
  public TokenBatch pad(List<int[]> rows, PaddingSide side) {
    List<EncodedText> texts = new ArrayList<>(rows.size());
    rows.forEach(ids -> texts.add(new EncodedText(ids, new int[ids.length])));
    return padTexts(texts, side);
  }

  /** Pads texts and pairs that were encoded one by one, with their type ids. */
  public TokenBatch padTexts(List<EncodedText> texts, PaddingSide side) {
    return TokenBatch.pad(texts, batchPadId(), side);
  }

  /** Text of ids, without special tokens. Ids without a token, such as padded rows, are skipped. */
  public String decode(int... ids) {
    return tokenizer.decode(checked(ids), true);
  }

  /** Text of ids, including special tokens. */
  public String decodeWithSpecialTokens(int... ids) {
    return tokenizer.decode(checked(ids), false);
  }

  /** An incremental decoder, which skips special tokens. */
  public StreamDecoder streamDecoder() {
    return new StreamDecoder(this);
  }

  /**
   * The token as the vocabulary spells it: {@code Ġsky}, {@code ▁sky}, {@code ##sky}; empty for an
   * id that has none.
   */
  public String token(int id) {
    return vocabulary.token(id);
  }

  /**
   * The bytes of UTF-8 that a token adds to a text, which may be part of a character; empty for
   * special tokens and for ids without a token. SentencePiece's decoders drop a space at the
   * beginning of a text, which the bytes of its first token include.
   *
   * @throws DataException for tokenizers whose tokens have no bytes of their own, such as WordPiece
   */
  public byte[] tokenBytes(int id) {
    String token = token(id);
    TokenBytes known = tokenBytes;
    if (known == null) {
      known = TokenBytes.of(decoder);
      tokenBytes = known; // a race reads the decoder twice
    }
    return isSpecial(id) ? new byte[0] : known.of(token);
  }

  /** The id of a token as the vocabulary spells it. */
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  /** Whether the id is a special token, which {@link #decode} skips. */
  public boolean isSpecial(int id) {
    return vocabulary.special(id);
  }

  /** One more than the highest id, including added tokens. */
  public int vocabSize() {
    return vocabulary.size();
  }

  /** The id of {@code bos_token}, if the model has one. */
  public OptionalInt bosId() {
    return roleId("bos_token");
  }

  /** The ids that end a text, {@code eos_token} first; empty for encoders. */
  public SequencedSet<Integer> eosIds() {
    return eosIds;
  }

  /** The id of {@code pad_token}, if the model has one. */
  public OptionalInt padId() {
    return roleId("pad_token");
  }

  /** Texts of the tokens with a role, which chat templates use. */
  public SpecialTokens specialTokens() {
    return source.special();
  }

  /** Waits for running calls, then frees the native memory; later calls throw. */
  @Override
  public void close() {
    tokenizer.close();
    synchronized (this) {
      closed = true;
      plain.close();
      StandIns made = standIns;
      if (made != null) {
        made.close();
      }
    }
  }

  void checkId(int id) {
    vocabulary.checkId("decode ids", id);
  }

  private OptionalInt roleId(String role) {
    return source.special().text(role).map(vocabulary::id).orElse(OptionalInt.empty());
  }

  /** Padding is masked, so any id will do if the model has none. */
  private int batchPadId() {
    return padId().orElse(eosIds.isEmpty() ? 0 : eosIds.getFirst());
  }

  /** This tokenizer without special tokens, created on first use. */
  private NativeTokenizer plain() {
    if (plain == tokenizer) {
      synchronized (this) {
        if (plain == tokenizer && !closed) {
          plain =
              NativeTokenizer.checked(source.json().get().withoutSpecialTokens(), source.name());
        }
      }
    }
    return plain;
  }

  /** This tokenizer with placeholders for special tokens, created on first use. */
  private StandIns standIns() {
    StandIns made = standIns;
    if (made == null) {
      synchronized (this) {
        made = standIns;
        if (made == null) {
          if (closed) {
            throw new DataException(
                "encode text",
                "an open tokenizer",
                "a closed one",
                "keep the tokenizer open while in use");
          }
          made = new StandIns(source, vocabulary);
          standIns = made;
        }
      }
    }
    return made;
  }

  private static int[] ids(NativeTokenizer.Encoded encoded) {
    return ids(encoded.ids());
  }

  private static int[] ids(long[] ids) {
    return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
  }

  private long[] checked(int[] ids) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      checkId(ids[i]);
      wide[i] = ids[i];
    }
    return wide;
  }

  private String checked(String text) {
    limit.check(text);
    return text;
  }
}
