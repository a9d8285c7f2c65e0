package deepseek.store.tokenizer;

import deepseek.store.StoreException;
import deepseek.store.gguf.GgufMetadata;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Writes the tokenizer.json that a model's GGUF metadata describes, following transformers' own
 * conversion and, where the metadata leaves room, llama.cpp's defaults.
 */
final class GgufTokenizer {
  static final String OPERATION = "read the tokenizer of a GGUF file";
  private static final String PREFIX = "tokenizer.ggml.";

  /** llama.cpp's way to say that there is no such token. */
  private static final long NO_ID = 0xFFFF_FFFFL;

  /** Control tokens that end a turn in the families that name only {@code eos} in their files. */
  private static final Set<String> END_OF_TURN =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<end_of_turn>",
          "<turn|>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|end_of_turn|>",
          "<EOT>",
          "</s>",
          "<eos>",
          "<｜end▁of▁sentence｜>",
          "<end_of_utterance>");

  private final GgufMetadata metadata;
  private final List<String> tokens;
  private final TokenTable table;

  GgufTokenizer(GgufMetadata metadata) {
    this.metadata = metadata;
    this.tokens = metadata.texts(PREFIX + "tokens");
    long[] types = metadata.wholes(PREFIX + "token_type");
    if (tokens.isEmpty()) {
      throw bad("a vocabulary under tokenizer.ggml.tokens", "none");
    }
    if (types.length != 0 && types.length != tokens.size()) {
      throw bad(tokens.size() + " entries in tokenizer.ggml.token_type", "" + types.length);
    }
    this.table = new TokenTable(tokens, types);
  }

  TokenizerSource source() {
    return new TokenizerSource(this::json, specialTokens(), stopIds(), "the GGUF's tokenizer");
  }

  private TokenizerJson json() {
    String kind = metadata.text(PREFIX + "model").orElse("");
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
    PreTokenizer pre = PreTokenizer.of(metadata.text(PREFIX + "pre").orElse("default"));
    ByteLevelJson model = new ByteLevelJson(metadata.texts(PREFIX + "merges"), pre);
    return table.assemble(tokens, model.parts(tokens), frame(pre.bos(), false));
  }

  private TokenizerJson sentencePiece() {
    String architecture = metadata.text("general.architecture").orElse("");
    float[] scores = metadata.reals(PREFIX + "scores");
    if (scores.length != tokens.size()) {
      throw bad(tokens.size() + " entries in tokenizer.ggml.scores", "" + scores.length);
    }
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
        Vocabulary.of(tokens));
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

  private Optional<String> text(String key) {
    OptionalLong id = metadata.whole(PREFIX + key);
    if (id.isEmpty() || id.getAsLong() == NO_ID) {
      return Optional.empty();
    }
    if (id.getAsLong() < 0 || id.getAsLong() >= tokens.size()) {
      throw bad(PREFIX + key + " below " + tokens.size(), Long.toString(id.getAsLong()));
    }
    return Optional.of(tokens.get((int) id.getAsLong()));
  }

  private Set<Integer> stopIds() {
    Set<Integer> ids = new LinkedHashSet<>();
    for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
      metadata
          .whole(PREFIX + key)
          .ifPresent(
              id -> {
                if (id >= 0 && id < tokens.size()) {
                  ids.add((int) id);
                }
              });
    }
    BitSet control = new BitSet();
    for (int id = 0; id < tokens.size(); id++) {
      control.set(id, table.type(id) == TokenTable.CONTROL);
    }
    control.stream().filter(id -> END_OF_TURN.contains(tokens.get(id))).forEach(ids::add);
    return ids;
  }

  private static StoreException bad(String expected, String got) {
    return new StoreException(OPERATION, expected, got, "convert the model again");
  }
}
