package deepseek.store.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

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

  String json() {
    JsonNodeFactory node = JsonNodeFactory.instance;
    ArrayNode single = node.arrayNode();
    append(single, prefix, "A", suffix, 0);
    ArrayNode pair = node.arrayNode();
    append(pair, prefix, "A", suffix, 0);
    append(pair, secondPrefix, "B", suffix, 1);
    ObjectNode special = node.objectNode();
    LinkedHashSet<Piece> used = new LinkedHashSet<>(prefix);
    used.addAll(suffix);
    for (Piece piece : used) {
      ObjectNode entry = special.putObject(piece.text).put("id", piece.text);
      entry.putArray("ids").add(piece.id);
      entry.putArray("tokens").add(piece.text);
    }
    ObjectNode template = node.objectNode().put("type", "TemplateProcessing");
    template.set("single", single);
    template.set("pair", pair);
    template.set("special_tokens", special);
    return template.toString();
  }

  private static void append(
      ArrayNode target, List<Piece> before, String sequence, List<Piece> after, int typeId) {
    before.forEach(piece -> item(target, "SpecialToken", piece.text, typeId));
    item(target, "Sequence", sequence, typeId);
    after.forEach(piece -> item(target, "SpecialToken", piece.text, typeId));
  }

  private static void item(ArrayNode target, String kind, String id, int typeId) {
    target.addObject().putObject(kind).put("id", id).put("type_id", typeId);
  }
}
