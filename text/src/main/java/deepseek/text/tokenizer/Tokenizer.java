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
import java.util.OptionalInt;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into token ids and back, exactly as the model's own tokenizer does.
 *
 * <pre>{@code
 * try (var tokenizer = Tokenizer.open(Path.of("SmolLM2-135M-Instruct"))) {
 *   int[] ids = tokenizer.encode("Why is the sky blue?");
 *   System.out.println(tokenizer.decode(ids));
 * }
 * }</pre>
 *
 * <p>Encoding and decoding are thread-safe. Everything throws {@link DataException}: for text with
 * an unpaired surrogate, text too long to be encoded in one piece, negative ids, and use after
 * close.
 */
public final class Tokenizer implements AutoCloseable {
  private final TokenizerSource source;
  private final Vocabulary vocabulary;
  private final SequencedSet<Integer> eosIds;
  private final TextLimit limit;
  private final NativeTokenizer tokenizer;
  private final SpecialTexts specialTexts;
  private volatile NativeTokenizer plain;
  private volatile @Nullable StandIns standIns;
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
  }

  /**
   * Opens a Hugging Face folder that holds a {@code tokenizer.json}, or a {@code tokenizer.model}
   * of SentencePiece.
   */
  public static Tokenizer open(Path folder) {
    return open(folder, Letters.AS_WRITTEN);
  }

  /** The same, for a model that asks for small letters besides what its tokenizer does. */
  public static Tokenizer open(Path folder, Letters letters) {
    return new Tokenizer(new TokenizerFolder(folder).source().with(letters));
  }

  /** Whether {@link #open} finds a file to read in this folder. */
  public static boolean isIn(Path folder) {
    return TokenizerFolder.isTokenizer(folder);
  }

  /**
   * Makes the tokenizer that a GGUF file describes under its {@code tokenizer.ggml.*} keys: {@code
   * gpt2} (byte-level BPE), {@code llama} (SentencePiece BPE) or {@code bert} (WordPiece).
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
   * tokens written in the text are taken as such.
   */
  public int[] encode(String text) {
    return ids(tokenizer.encode(checked(text), true));
  }

  /**
   * Ids of a prompt that already has its special tokens, as a chat template renders it: nothing is
   * added, special tokens in the text are taken as such.
   */
  public int[] encodePrompt(String prompt) {
    return ids(tokenizer.encode(checked(prompt), false));
  }

  /**
   * Ids of a prompt in which special tokens count outside of its plain stretches only. What holds
   * none there gets the ids that {@link #encodePrompt(String)} gives.
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
   * Ids of a text from a stranger: nothing is added, and special tokens in it are mere characters,
   * so it can't forge the end of a turn.
   */
  public int[] encodePlain(String text) {
    return ids(plain().encode(checked(text), false));
  }

  /** Like {@link #encode}, cut to {@code maxTokens} by dropping the text's last tokens. */
  public EncodedText encode(String text, int maxTokens) {
    return Truncation.cut(tokenizer.encode(checked(text), true), maxTokens);
  }

  /**
   * Ids of two texts as encoders compare them ({@code [CLS] first [SEP] second [SEP]}), cut to
   * {@code maxTokens} by dropping last tokens of the longer one.
   */
  public EncodedText encodePair(String first, String second, int maxTokens) {
    return Truncation.cut(tokenizer.encodePair(checked(first), checked(second)), maxTokens);
  }

  /** Encodes each text as {@link #encode(String, int)} does and pads to the longest. */
  public TokenBatch encodeBatch(List<String> texts, int maxTokens, PaddingSide side) {
    List<EncodedText> rows = new ArrayList<>(texts.size());
    texts.forEach(text -> rows.add(encode(text, maxTokens)));
    return TokenBatch.pad(rows, batchPadId(), side);
  }

  /** Encodes each entry as {@link #encodePair} does and pads to the longest. */
  public TokenBatch encodePairs(
      List<Map.Entry<String, String>> pairs, int maxTokens, PaddingSide side) {
    List<EncodedText> rows = new ArrayList<>(pairs.size());
    pairs.forEach(pair -> rows.add(encodePair(pair.getKey(), pair.getValue(), maxTokens)));
    return TokenBatch.pad(rows, batchPadId(), side);
  }

  /** Pads rows of ids that were encoded one by one, such as rendered chats. */
  public TokenBatch pad(List<int[]> rows, PaddingSide side) {
    List<EncodedText> texts = new ArrayList<>(rows.size());
    rows.forEach(ids -> texts.add(new EncodedText(ids, new int[ids.length])));
    return TokenBatch.pad(texts, batchPadId(), side);
  }

  /** Text of ids, without special tokens. Ids that have no token, as padded rows, give nothing. */
  public String decode(int... ids) {
    return tokenizer.decode(checked(ids), true);
  }

  /** Text of ids, special tokens shown. */
  public String decodeWithSpecialTokens(int... ids) {
    return tokenizer.decode(checked(ids), false);
  }

  /** A decoder for ids that arrive one by one; special tokens are left out. */
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

  /** The id of a token as the vocabulary spells it. */
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  /** Whether {@link #decode} leaves this id out. */
  public boolean isSpecial(int id) {
    return vocabulary.special(id);
  }

  /** One more than the highest id, added tokens included. */
  public int vocabSize() {
    return vocabulary.size();
  }

  public OptionalInt bosId() {
    return roleId("bos_token");
  }

  /** The ids that end a text, {@code eos_token} first; empty for encoders. */
  public SequencedSet<Integer> eosIds() {
    return eosIds;
  }

  public OptionalInt padId() {
    return roleId("pad_token");
  }

  /** Texts of the tokens that have a role, which chat templates need. */
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

  /** Pads are masked, so any id does where the model has none of its own. */
  private int batchPadId() {
    return padId().orElse(eosIds.isEmpty() ? 0 : eosIds.getFirst());
  }

  /** The same tokenizer without special tokens, made when first needed. */
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

  /** The same tokenizer with special tokens that no text can contain, made when first needed. */
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
