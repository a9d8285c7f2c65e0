package deepseek.text.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Model parts of a SentencePiece BPE for tokenizer.json. SentencePiece files list pieces with
 * scores and no merges; the merges are all ways to split a piece into two pieces, best score first,
 * as in transformers.
 *
 * @param mergeable ids of pieces that merging may produce or use
 * @param firstSteps of normalisation, before spaces are replaced by markers
 * @param spacePrefix whether a text gets a leading space
 * @param dropped how many leading spaces decoding removes
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
record SentencePieceJson(
    float[] scores,
    IntPredicate mergeable,
    List<JsonText> firstSteps,
    boolean spacePrefix,
    int dropped,
    Optional<String> unknown,
    Style style) {

  /** Families with different tokenizer.json files although both are {@code llama} in GGUF. */
  enum Style {
    LLAMA,
    /** Merges are ordered by position in the vocabulary rather than by score. */
    GEMMA
  }

  private static final String SPACE = "▁";

  /**
   * Longer pieces are not split: trained pieces are shorter, and a malicious one would take
   * quadratic time.
   */
  private static final int MAX_PIECE = 256;

  Map<String, JsonText> parts(List<String> tokens) {
    StringBuilder model = new StringBuilder(tokens.size() * 64);
    model.append("{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":");
    if (unknown.isPresent()) {
      JsonText.append(model, unknown.get());
    } else {
      model.append("null");
    }
    model
        .append(",\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,")
        .append("\"fuse_unk\":true,\"byte_fallback\":true,\"ignore_merges\":false,\"vocab\":");
    TokenTable.vocabulary(model, tokens);
    model.append(",\"merges\":[");
    merges(model, tokens);
    model.append("]}");
    Map<String, JsonText> parts = new LinkedHashMap<>();
    parts.put("normalizer", normalizer());
    parts.put("decoder", decoder());
    parts.put("model", new JsonText(model.toString()));
    return parts;
  }

  /** Gemma's files contain runs of spaces as such; merging works on {@code ▁}. */
  static List<String> respell(List<String> tokens) {
    return tokens.stream()
        .map(t -> !t.isEmpty() && t.chars().allMatch(c -> c == ' ') ? t.replace(" ", SPACE) : t)
        .toList();
  }

  private JsonText normalizer() {
    List<JsonText> steps = new ArrayList<>(firstSteps);
    if (spacePrefix) {
      steps.add(JsonText.object("type", "Prepend", "prepend", SPACE));
    }
    steps.add(replace(" ", SPACE));
    return JsonText.object("type", "Sequence", "normalizers", JsonText.array(steps));
  }

  private JsonText decoder() {
    List<JsonText> steps = new ArrayList<>();
    steps.add(replace(SPACE, " "));
    steps.add(JsonText.object("type", "ByteFallback"));
    steps.add(JsonText.object("type", "Fuse"));
    if (dropped > 0) {
      steps.add(JsonText.object("type", "Strip", "content", " ", "start", dropped, "stop", 0));
    }
    return JsonText.object("type", "Sequence", "decoders", JsonText.array(steps));
  }

  private static JsonText replace(String from, String to) {
    return JsonText.object(
        "type", "Replace", "pattern", JsonText.object("String", from), "content", to);
  }

  /** One merge: the piece's first {@code cut} chars and the rest. */
  private record Merge(String piece, int cut, int leftLength, int rightLength) {
    private static final Comparator<Merge> LONGEST_LEFT_FIRST =
        Comparator.comparingInt(Merge::leftLength).thenComparingInt(Merge::rightLength).reversed();
  }

  private void merges(StringBuilder json, List<String> tokens) {
    Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
    List<Integer> order = new ArrayList<>(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      if (mergeable.test(id)) {
        ids.put(tokens.get(id), id);
        order.add(id);
      }
    }
    if (style == Style.LLAMA) {
      order.sort(Comparator.comparingDouble((Integer id) -> scores[id]).reversed());
    }
    List<Merge> equals = new ArrayList<>();
    int first = json.length();
    for (int i = 0; i < order.size(); i++) {
      addCuts(equals, tokens.get(order.get(i)), ids);
      if (i + 1 == order.size() || rank(order.get(i)) != rank(order.get(i + 1))) {
        equals.sort(Merge.LONGEST_LEFT_FIRST);
        for (Merge merge : equals) {
          json.append(json.length() == first ? "[" : ",[");
          JsonText.append(json, merge.piece.substring(0, merge.cut));
          json.append(',');
          JsonText.append(json, merge.piece.substring(merge.cut));
          json.append(']');
        }
        equals.clear();
      }
    }
  }

  private double rank(int id) {
    return switch (style) {
      case LLAMA -> scores[id];
      case GEMMA -> -id;
    };
  }

  private static void addCuts(List<Merge> merges, String piece, Map<String, Integer> ids) {
    int length = piece.codePointCount(0, piece.length());
    int cut = 0;
    for (int left = 1; left < length && length <= MAX_PIECE; left++) {
      cut = piece.offsetByCodePoints(cut, 1);
      if (ids.containsKey(piece.substring(0, cut)) && ids.containsKey(piece.substring(cut))) {
        merges.add(new Merge(piece, cut, left, length - left));
      }
    }
  }
}
