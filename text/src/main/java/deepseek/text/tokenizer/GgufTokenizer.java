package deepseek.text.tokenizer;

import deepseek.files.DataException;
import deepseek.files.KeyValues;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Creates the tokenizer.json described by a model's GGUF metadata, following transformers'
 * conversion and, where the metadata is incomplete, llama.cpp's defaults.
 */
final class GgufTokenizer {
  static final String OPERATION = "read the tokenizer of a GGUF file";
  static final String PREFIX = "tokenizer.ggml.";

  /** llama.cpp's defaults for roles of {@code llama} whose id is beyond the vocabulary. */
  private static final Map<String, Integer> USUAL_IDS =
      Map.of("unknown_token_id", 0, "bos_token_id", 1, "eos_token_id", 2);

  private final KeyValues metadata;
  private final String kind;
  private final List<String> tokens;
  private final Vocabulary vocabulary;
  private final TokenTable table;
  private final Set<Integer> ends;

  GgufTokenizer(KeyValues metadata) {
    this.metadata = metadata;
    this.kind = metadata.text(PREFIX + "model").orElse("");
    this.tokens = metadata.texts(PREFIX + "tokens");
    if (tokens.isEmpty()) {
      throw bad("a vocabulary under tokenizer.ggml.tokens", "none");
    }
    this.vocabulary = Vocabulary.of(tokens);
    ControlTokens control =
        new ControlTokens(metadata, tokens, vocabulary, types(), text("eos_token_id"));
    // Encoders have no end of text, and their words are spelled differently.
    boolean encoder = kind.equals("bert");
    this.table = new TokenTable(tokens, encoder ? types() : control.types());
    this.ends = encoder ? Set.of() : control.ends();
  }

  private long[] types() {
    long[] types = metadata.wholes(PREFIX + "token_type");
    if (types.length == 0) {
      types = new long[tokens.size()];
      Arrays.fill(types, TokenTable.NORMAL);
    }
    return Arrays.copyOf(longEnough("token_type", types, types.length), tokens.size());
  }

  /** Requires an entry per token, as llama.cpp reads them. */
  private <T> T longEnough(String key, T entries, int length) {
    if (length < tokens.size()) {
      throw bad(tokens.size() + " entries in tokenizer.ggml." + key, "" + length);
    }
    return entries;
  }

  TokenizerSource source() {
    return new TokenizerSource(this::json, specialTokens(), ends, "the GGUF's tokenizer");
  }

  private TokenizerJson json() {
    return switch (kind) {
      case "gpt2" -> byteLevelBpe();
      case "llama" -> sentencePiece();
      case "bert" -> wordPiece();
      default ->
          throw bad(
              "tokenizer.ggml.model to be gpt2, llama or bert", kind.isEmpty() ? "none" : kind);
    };
  }

  private TokenizerJson byteLevelBpe() {
    if (!metadata.has(PREFIX + "merges")) {
      throw bad("a list of merges under tokenizer.ggml.merges", "none");
    }
    PreTokenizer pre = PreTokenizer.of(metadata.text(PREFIX + "pre").orElse("default"));
    ByteLevelJson model = new ByteLevelJson(metadata.texts(PREFIX + "merges"), pre);
    return table.assemble(tokens, model.parts(tokens), frame(pre.bos(), false));
  }

  private TokenizerJson sentencePiece() {
    String architecture = metadata.text("general.architecture").orElse("");
    float[] listed = metadata.reals(PREFIX + "scores");
    float[] scores = longEnough("scores", listed, listed.length);
    boolean gemma = architecture.startsWith("gemma");
    boolean spacePrefix = metadata.flag(PREFIX + "add_space_prefix").orElse(!gemma);
    SentencePieceJson model =
        new SentencePieceJson(
            scores,
            table::mergeable,
            List.of(),
            spacePrefix,
            spacePrefix ? 1 : 0,
            table.firstOfType(TokenTable.UNKNOWN).or(() -> text("unknown_token_id")),
            gemma ? SentencePieceJson.Style.GEMMA : SentencePieceJson.Style.LLAMA);
    List<String> spelled = gemma ? SentencePieceJson.respell(tokens) : tokens;
    return table.assemble(spelled, model.parts(spelled), frame(true, false));
  }

  private TokenizerJson wordPiece() {
    WordPieceJson model = new WordPieceJson(text("unknown_token_id").orElse("[UNK]"));
    List<String> spelled = WordPieceJson.respell(tokens);
    Vocabulary vocabulary = Vocabulary.of(spelled);
    Optional<String> cls = text("cls_token_id").or(() -> text("bos_token_id"));
    Optional<String> sep = text("seperator_token_id").or(() -> text("separator_token_id"));
    PostProcessor frame =
        PostProcessor.bert(
            cls.or(() -> present(vocabulary, "[CLS]")),
            sep.or(() -> present(vocabulary, "[SEP]")),
            vocabulary);
    return table.assemble(spelled, model.parts(spelled), frame);
  }

  private static Optional<String> present(Vocabulary vocabulary, String token) {
    return vocabulary.id(token).isPresent() ? Optional.of(token) : Optional.empty();
  }

  private PostProcessor frame(boolean bosByDefault, boolean eosByDefault) {
    boolean bos = metadata.flag(PREFIX + "add_bos_token").orElse(bosByDefault);
    boolean eos = metadata.flag(PREFIX + "add_eos_token").orElse(eosByDefault);
    return PostProcessor.of(
        bos ? text("bos_token_id") : Optional.empty(),
        eos ? text("eos_token_id") : Optional.empty(),
        vocabulary);
  }

  private SpecialTokens specialTokens() {
    Map<String, String> texts = new LinkedHashMap<>();
    role(texts, "bos_token", "bos_token_id");
    role(texts, "eos_token", "eos_token_id");
    role(texts, "unk_token", "unknown_token_id");
    role(texts, "pad_token", "padding_token_id");
    role(texts, "sep_token", "seperator_token_id");
    role(texts, "sep_token", "separator_token_id");
    role(texts, "cls_token", "cls_token_id");
    role(texts, "mask_token", "mask_token_id");
    return new SpecialTokens(texts);
  }

  private void role(Map<String, String> texts, String role, String key) {
    text(key).ifPresent(text -> texts.put(role, text));
  }

  /** The token of a role; empty if its id is beyond the vocabulary. */
  private Optional<String> text(String key) {
    long id = metadata.whole(PREFIX + key).orElse(-1);
    if ((id < 0 || id >= tokens.size()) && kind.equals("llama")) {
      id = USUAL_IDS.getOrDefault(key, -1);
    }
    return id < 0 || id >= tokens.size() ? Optional.empty() : Optional.of(tokens.get((int) id));
  }

  private static DataException bad(String expected, String got) {
    return new DataException(OPERATION, expected, got, "convert the model again");
  }
}
