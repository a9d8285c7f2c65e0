package deepseek.text.tokenizer;

import deepseek.files.DataException;
import deepseek.files.ProtoCursor;
import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code tokenizer.model}: SentencePiece's protocol buffer, of which BPE models are supported
 * (Llama 2, Mistral, Gemma and similar ones).
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">
 *     its fields</a>
 */
final class SentencePieceFile {
  private static final int MODEL_PIECES = 1;
  private static final int MODEL_TRAINER = 2;
  private static final int MODEL_NORMALIZER = 3;
  private static final int PIECE_TEXT = 1;
  private static final int PIECE_SCORE = 2;
  private static final int PIECE_TYPE = 3;
  private static final int TRAINER_MODEL_TYPE = 3;
  private static final int TRAINER_SUFFIX_SPACE = 24;
  private static final int TRAINER_UNKNOWN_ID = 40;
  private static final int TRAINER_BOS_ID = 41;
  private static final int TRAINER_EOS_ID = 42;
  private static final int TRAINER_PAD_ID = 43;
  private static final int NORMALIZER_CHARS_MAP = 2;
  private static final int NORMALIZER_SPACE_PREFIX = 3;
  private static final int NORMALIZER_TRIM = 4;
  private static final int NORMALIZER_ESCAPE = 5;

  private static final List<String> MODEL_TYPES = List.of("none", "unigram", "bpe", "word", "char");
  private static final int BPE = 2;
  private static final String SPACE = "▁";

  /** More leading spaces than any text has. */
  private static final int ALL = 1 << 20;

  private final String operation;
  private final List<String> pieces = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<Long> types = new ArrayList<>();
  // The defaults of the format.
  private long modelType = 1;
  private boolean suffixSpace;
  private long unknownId;
  private long bosId = 1;
  private long eosId = 2;
  private long padId = -1;
  private byte[] charsMap = new byte[0];
  private boolean spacePrefix = true;
  private boolean trim = true;
  private boolean escape = true;

  /**
   * @throws DataException if the bytes are no model, or one of another type
   */
  SentencePieceFile(String name, byte[] bytes) {
    this.operation = "read " + name;
    read(new ProtoCursor(operation, "SentencePiece model", MemorySegment.ofArray(bytes)));
    if (pieces.isEmpty()) {
      throw bad("a vocabulary", "no pieces", "fetch the file again");
    }
    if (modelType != BPE || suffixSpace || !escape) {
      String kind =
          modelType > 0 && modelType < MODEL_TYPES.size()
              ? MODEL_TYPES.get((int) modelType)
              : "unknown";
      throw bad(
          "a SentencePiece model of kind bpe that marks the beginnings of words",
          modelType == BPE ? "one that marks them otherwise" : "one of kind " + kind,
          "export tokenizer.json with AutoTokenizer.from_pretrained(...).save_pretrained(...)");
    }
  }

  private void read(ProtoCursor in) {
    while (in.next()) {
      switch (in.field()) {
        case MODEL_PIECES -> readPiece(in.message());
        case MODEL_TRAINER -> readTrainer(in.message());
        case MODEL_NORMALIZER -> readNormalizer(in.message());
        default -> in.skip();
      }
    }
  }

  private void readPiece(ProtoCursor in) {
    String text = "";
    float score = 0;
    long type = TokenTable.NORMAL;
    while (in.next()) {
      switch (in.field()) {
        case PIECE_TEXT -> text = in.text();
        case PIECE_SCORE -> score = in.float32();
        case PIECE_TYPE -> type = in.varint();
        default -> in.skip();
      }
    }
    pieces.add(text);
    scores.add(score);
    types.add(type);
  }

  private void readTrainer(ProtoCursor in) {
    while (in.next()) {
      switch (in.field()) {
        case TRAINER_MODEL_TYPE -> modelType = in.varint();
        case TRAINER_SUFFIX_SPACE -> suffixSpace = in.varint() != 0;
        case TRAINER_UNKNOWN_ID -> unknownId = in.varint();
        case TRAINER_BOS_ID -> bosId = in.varint();
        case TRAINER_EOS_ID -> eosId = in.varint();
        case TRAINER_PAD_ID -> padId = in.varint();
        default -> in.skip();
      }
    }
  }

  private void readNormalizer(ProtoCursor in) {
    while (in.next()) {
      switch (in.field()) {
        case NORMALIZER_CHARS_MAP -> charsMap = in.bytes();
        case NORMALIZER_SPACE_PREFIX -> spacePrefix = in.varint() != 0;
        case NORMALIZER_TRIM -> trim = in.varint() != 0;
        case NORMALIZER_ESCAPE -> escape = in.varint() != 0;
        default -> in.skip();
      }
    }
  }

  /** Tokens with a role; ids outside the vocabulary, such as -1, mean none. */
  SpecialTokens special() {
    Map<String, String> texts = new LinkedHashMap<>();
    role(texts, "unk_token", unknownId);
    role(texts, "bos_token", bosId);
    role(texts, "eos_token", eosId);
    role(texts, "pad_token", padId);
    return new SpecialTokens(texts);
  }

  private void role(Map<String, String> texts, String role, long id) {
    piece(id).ifPresent(text -> texts.put(role, text));
  }

  private Optional<String> piece(long id) {
    return id >= 0 && id < pieces.size() ? Optional.of(pieces.get((int) id)) : Optional.empty();
  }

  /** The tokenizer.json of these pieces, with the given tokens around each text. */
  TokenizerJson json(Optional<String> before, Optional<String> after) {
    float[] ranks = new float[pieces.size()];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = scores.get(id);
    }
    TokenTable table =
        new TokenTable(searched(), types.stream().mapToLong(Long::longValue).toArray());
    SentencePieceJson model =
        new SentencePieceJson(
            ranks,
            table::mergeable,
            firstSteps(),
            spacePrefix,
            droppedSpaces(),
            piece(unknownId),
            SentencePieceJson.Style.LLAMA);
    PostProcessor frame = PostProcessor.of(before, after, Vocabulary.of(pieces));
    return table.assemble(pieces, model.parts(pieces), frame);
  }

  /** The number of leading spaces that decoding removes, which encoding added or removed. */
  private int droppedSpaces() {
    if (trim) {
      return ALL;
    }
    return spacePrefix ? 1 : 0;
  }

  /**
   * The pieces as they occur in text. Added tokens are searched before spaces are replaced by
   * markers, so pieces with markers can't be added tokens: merging finds them, since their scores
   * are the highest.
   */
  private List<String> searched() {
    List<String> texts = new ArrayList<>(pieces);
    for (int id = 0; id < texts.size(); id++) {
      if (types.get(id) == TokenTable.USER_DEFINED) {
        texts.set(id, pieces.get(id).replace(SPACE, " "));
      }
    }
    return texts;
  }

  /** The normalisation before spaces are replaced by markers. */
  private List<JsonText> firstSteps() {
    List<JsonText> steps = new ArrayList<>();
    if (charsMap.length > 0) {
      String base64 = Base64.getEncoder().encodeToString(charsMap);
      try {
        CharsMap.check(base64);
      } catch (Refusal e) {
        throw new DataException(
            operation,
            "a table of characters that can be used",
            String.valueOf(e.getMessage()),
            "fetch the file again",
            e);
      }
      steps.add(JsonText.object("type", "Precompiled", "precompiled_charsmap", base64));
    }
    if (trim) {
      steps.add(replace("\\A +| +\\z", ""));
      steps.add(replace(" {2,}", " "));
    }
    return steps;
  }

  private static JsonText replace(String regex, String with) {
    return JsonText.object(
        "type", "Replace", "pattern", JsonText.object("Regex", regex), "content", with);
  }

  private DataException bad(String expected, String got, String remedy) {
    return new DataException(operation, expected, got, remedy);
  }
}
