package deepseek.store.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what makes the native library panic, which would end the process: JNI has no place where
 * a Rust panic could be caught. The rules are the panics that fuzzing tokenizers 0.21.4 found; they
 * look at keys rather than types, because the library also guesses types that are missing.
 */
final class TokenizerGuard {
  /** Why a tokenizer can't be loaded, in the words of an error's "got". */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String reason) {
      super(reason);
    }
  }

  private static final Set<String> LISTS =
      Set.of("normalizers", "pretokenizers", "processors", "decoders");

  private TokenizerGuard() {}

  /** Reads and checks a normalizer, pre-tokenizer, post-processor or decoder. */
  static void component(JsonParser parser) throws IOException {
    Object tree = read(parser);
    if (tree instanceof Map<?, ?> map) {
      check(map);
    } else if (tree != null) {
      throw new Refusal("a component that is no object");
    }
  }

  private static @Nullable Object read(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        String key;
        while ((key = parser.nextFieldName()) != null) {
          parser.nextToken();
          if (map.containsKey(key)) {
            throw new Refusal("'" + key + "' twice in one component");
          }
          map.put(key, read(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(read(parser));
        }
        yield list;
      }
      case VALUE_NULL -> null;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      default -> parser.getText();
    };
  }

  private static void check(Map<?, ?> component) throws Refusal {
    if ("".equals(component.get("prepend"))) {
      throw new Refusal("a Prepend of nothing");
    }
    if (component.containsKey("content")) {
      replacement(component.get("pattern"));
    }
    if (component.get("length") instanceof Double length && length < 1) {
      throw new Refusal("a FixedLength of 0");
    }
    if (component.get("stop") instanceof Double stop && stop != 0) {
      throw new Refusal("a Strip decoder with a stop, which the library can't run");
    }
    if ("Precompiled".equals(component.get("type"))
        || component.containsKey("precompiled_charsmap")) {
      Object charsMap = component.get("precompiled_charsmap");
      CharsMap.check(charsMap instanceof String text ? text : "");
    }
    if (component.containsKey("single") || component.containsKey("pair")) {
      template(component);
    }
    for (Map.Entry<?, ?> entry : component.entrySet()) {
      if (entry.getValue() instanceof List<?> list && LISTS.contains(entry.getKey())) {
        for (Object item : list) {
          if (!(item instanceof Map<?, ?> inner)) {
            throw new Refusal("a component that is no object");
          }
          check(inner);
        }
      }
    }
  }

  private static void replacement(@Nullable Object pattern) throws Refusal {
    if (!(pattern instanceof Map<?, ?> kinds)) {
      return;
    }
    if ("".equals(kinds.get("String"))
        || (kinds.get("Regex") instanceof String regex && !RegexWidth.consumes(regex))) {
      throw new Refusal("a Replace whose pattern may match nothing");
    }
  }

  /** Every token a template puts around a text must be declared beside it. */
  private static void template(Map<?, ?> component) throws Refusal {
    Set<Object> declared = new HashSet<>();
    if (component.get("special_tokens") instanceof Map<?, ?> tokens) {
      declared.addAll(tokens.keySet());
    }
    for (String half : List.of("single", "pair")) {
      if (!(component.get(half) instanceof List<?> pieces)) {
        throw new Refusal("a template without its list '" + half + "'");
      }
      for (Object piece : pieces) {
        boolean special = piece instanceof Map<?, ?> map && map.containsKey("SpecialToken");
        if (special && !declares(declared, ((Map<?, ?>) piece).get("SpecialToken"))) {
          throw new Refusal("a template with a token that special_tokens lacks");
        }
        if (!(piece instanceof Map<?, ?>)) {
          throw new Refusal("a template piece that is no object");
        }
      }
    }
  }

  private static boolean declares(Set<Object> declared, @Nullable Object token) {
    return token instanceof Map<?, ?> map
        && map.get("id") instanceof String id
        && declared.contains(id);
  }
}
