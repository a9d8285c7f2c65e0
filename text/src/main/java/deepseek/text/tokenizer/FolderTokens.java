package deepseek.text.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The added tokens of a folder, which are listed in up to four files, merged as in transformers 5:
 * {@code added_tokens_decoder} of tokenizer_config.json takes precedence; without it,
 * special_tokens_map.json and added_tokens.json are read. Tokens with a role and extra special
 * tokens are added if they are not listed elsewhere.
 *
 * @param config tokenizer_config.json
 * @param map special_tokens_map.json
 * @param added added_tokens.json
 */
record FolderTokens(ObjectNode config, ObjectNode map, ObjectNode added) {
  private static final String DECODER = "added_tokens_decoder";
  private static final String EXTRA = "extra_special_tokens";

  /** Tokens without an id get the next free ones in this order. */
  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final List<String> EXTRA_KEYS = List.of(EXTRA, "additional_special_tokens");

  /** Texts of the tokens with a role, including named extra ones. */
  SpecialTokens special() {
    Map<String, String> texts = new LinkedHashMap<>();
    roles().forEach((role, token) -> texts.put(role, token.content()));
    return new SpecialTokens(texts);
  }

  private boolean decoderListed() {
    return config.path(DECODER).isObject();
  }

  private Map<String, AddedToken> roles() {
    Map<String, @Nullable AddedToken> roles = new LinkedHashMap<>();
    ROLES.forEach(role -> roles.put(role, null));
    putRoles(roles, config);
    if (!decoderListed()) {
      putRoles(roles, map);
    }
    Map<String, AddedToken> found = new LinkedHashMap<>();
    roles.forEach(
        (role, token) -> {
          if (token != null) {
            found.put(role, token);
          }
        });
    return found;
  }

  private static void putRoles(Map<String, @Nullable AddedToken> roles, ObjectNode file) {
    for (Map.Entry<String, JsonNode> entry : file.properties()) {
      if (entry.getKey().endsWith("_token")) {
        putRole(roles, entry.getKey(), entry.getValue());
      } else if (EXTRA_KEYS.contains(entry.getKey())
          || entry.getKey().equals("model_specific_special_tokens")) {
        entry.getValue().properties().forEach(e -> putRole(roles, e.getKey(), e.getValue()));
      }
    }
  }

  private static void putRole(
      Map<String, @Nullable AddedToken> roles, String role, JsonNode value) {
    if (value.isTextual() || value.path("content").isTextual()) {
      roles.put(role, special(value));
    }
  }

  /** A text, or an object with flags. */
  private static AddedToken special(JsonNode value) {
    if (value.isTextual()) {
      return AddedToken.of(0, value.textValue(), true);
    }
    AddedToken token = token(value);
    boolean normalized = value.path("normalized").asBoolean(false);
    return new AddedToken(
        0, token.content(), token.singleWord(), token.lstrip(), token.rstrip(), normalized, true);
  }

  private static AddedToken token(JsonNode value) {
    boolean special = value.path("special").asBoolean(false);
    return new AddedToken(
        0,
        value.path("content").asText(),
        value.path("single_word").asBoolean(false),
        value.path("lstrip").asBoolean(false),
        value.path("rstrip").asBoolean(false),
        value.path("normalized").asBoolean(!special),
        special);
  }

  private List<AddedToken> extra() {
    List<AddedToken> extra = new ArrayList<>(extra(config));
    if (!decoderListed()) {
      extra.addAll(extra(map));
    }
    return extra;
  }

  private static List<AddedToken> extra(ObjectNode file) {
    List<AddedToken> extra = new ArrayList<>();
    for (String key : EXTRA_KEYS) {
      if (file.path(key).isArray()) {
        file.path(key).forEach(value -> extra.add(special(value)));
      }
    }
    return extra;
  }

  /** The tokenizer with these tokens. */
  TokenizerJson addTo(TokenizerJson json) {
    Merge merge = new Merge(json);
    for (Map.Entry<Integer, JsonNode> entry : byId(config.path(DECODER)).entrySet()) {
      merge.set(token(entry.getValue()));
    }
    if (!decoderListed()) {
      Set<String> special = specialBefore();
      byNumber(added).forEach(text -> merge.add(asListed(text, special.contains(text))));
    }
    roles().values().forEach(merge::add);
    extra().forEach(merge::add);
    return merge.result();
  }

  /** The tokens known to be special when added_tokens.json is read. */
  private Set<String> specialBefore() {
    Set<String> texts = new HashSet<>();
    roles().forEach((role, token) -> texts.add(ROLES.contains(role) ? token.content() : ""));
    extra(config).forEach(token -> texts.add(token.content()));
    return texts;
  }

  private static AddedToken asListed(String text, boolean special) {
    return new AddedToken(0, text, false, false, false, !special, special);
  }

  private static Map<Integer, JsonNode> byId(JsonNode tokens) {
    Map<Integer, JsonNode> byId = new LinkedHashMap<>();
    tokens.properties().stream()
        .filter(entry -> entry.getKey().matches("\\d{1,9}"))
        .sorted(Comparator.comparingInt(entry -> Integer.parseInt(entry.getKey())))
        .forEach(entry -> byId.put(Integer.parseInt(entry.getKey()), entry.getValue()));
    return byId;
  }

  private static List<String> byNumber(ObjectNode ids) {
    return ids.properties().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getValue().asInt(-1)))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Merges tokens into a tokenizer's added tokens. */
  private static final class Merge {
    private final TokenizerJson json;
    private final Vocabulary vocabulary;

    /** By content; a token that is set again keeps its position. */
    private final Map<String, AddedToken> tokens = new LinkedHashMap<>();

    private int next;

    Merge(TokenizerJson json) {
      this.json = json;
      this.vocabulary = Vocabulary.of(json);
      this.next = json.vocabulary().size();
      json.addedTokens().forEach(token -> tokens.put(token.content(), token));
    }

    /** Adds a token, or replaces the flags of an existing one, which stays special if it was. */
    void set(AddedToken token) {
      AddedToken old = tokens.get(token.content());
      if (old == null) {
        add(token);
      } else {
        boolean special = old.special() || token.special();
        tokens.put(
            token.content(),
            new AddedToken(
                old.id(),
                token.content(),
                token.singleWord(),
                token.lstrip(),
                token.rstrip(),
                token.normalized(),
                special));
      }
    }

    /** Adds a token unless it exists; its id is the model's, or the next free one. */
    void add(AddedToken token) {
      if (token.content().isEmpty() || tokens.containsKey(token.content())) {
        return;
      }
      OptionalInt known = vocabulary.id(token.content());
      int id = known.isPresent() ? known.getAsInt() : next++;
      tokens.put(token.content(), token.withId(id));
    }

    TokenizerJson result() {
      List<AddedToken> all = List.copyOf(tokens.values());
      return all.equals(json.addedTokens()) ? json : json.withAddedTokens(all);
    }
  }
}
