package deepseek.text.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tokens put around a text, as a {@code TemplateProcessing} of tokenizer.json. A pair is {@code
 * prefix A suffix separator B suffix}, its second half with type 1.
 *
 * @param prefix before a text ({@code <s>}, {@code [CLS]})
 * @param secondPrefix before the second text of a pair
 * @param suffix after each text ({@code </s>}, {@code [SEP]})
 */
record PostProcessor(List<Piece> prefix, List<Piece> secondPrefix, List<Piece> suffix) {

  /** A token by its text and id. */
  record Piece(String text, int id) {}

  /** Llama's way: BOS and EOS around each text of a pair. */
  static PostProcessor of(Optional<String> bos, Optional<String> eos, Vocabulary vocabulary) {
    List<Piece> before = pieces(bos, vocabulary);
    return new PostProcessor(before, before, pieces(eos, vocabulary));
  }

  /** BERT's way: {@code [CLS] A [SEP] B [SEP]}. */
  static PostProcessor bert(Optional<String> cls, Optional<String> sep, Vocabulary vocabulary) {
    return new PostProcessor(pieces(cls, vocabulary), List.of(), pieces(sep, vocabulary));
  }

  private static List<Piece> pieces(Optional<String> text, Vocabulary vocabulary) {
    List<Piece> pieces = new ArrayList<>();
    text.ifPresent(t -> vocabulary.id(t).ifPresent(id -> pieces.add(new Piece(t, id))));
    return pieces;
  }

  JsonText json() {
    List<JsonText> single = new ArrayList<>();
    append(single, prefix, "A", suffix, 0);
    List<JsonText> pair = new ArrayList<>();
    append(pair, prefix, "A", suffix, 0);
    append(pair, secondPrefix, "B", suffix, 1);
    List<Object> special = new ArrayList<>();
    Set<Piece> used = new LinkedHashSet<>(prefix);
    used.addAll(suffix);
    for (Piece piece : used) {
      special.add(piece.text);
      special.add(
          JsonText.object(
              "id", piece.text,
              "ids", JsonText.array(List.of(piece.id)),
              "tokens", JsonText.array(List.of(piece.text))));
    }
    return JsonText.object(
        "type", "TemplateProcessing",
        "single", JsonText.array(single),
        "pair", JsonText.array(pair),
        "special_tokens", JsonText.object(special.toArray()));
  }

  private static void append(
      List<JsonText> target, List<Piece> before, String sequence, List<Piece> after, int typeId) {
    before.forEach(piece -> target.add(item("SpecialToken", piece.text, typeId)));
    target.add(item("Sequence", sequence, typeId));
    after.forEach(piece -> target.add(item("SpecialToken", piece.text, typeId)));
  }

  private static JsonText item(String kind, String id, int typeId) {
    return JsonText.object(kind, JsonText.object("id", id, "type_id", typeId));
  }
}
