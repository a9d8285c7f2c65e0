package deepseek.text.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rejects what makes the native library panic, which would abort the process, since a Rust panic
 * can't be caught across JNI. The rules cover the panics found by fuzzing tokenizers 0.21.4 and
 * reading its source; they check keys rather than types, because the library infers missing types.
 */
final class TokenizerGuard {
  /** Why a tokenizer can't be loaded, for the "got" of the error message. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String reason) {
      super(reason);
    }
  }

  static final Set<String> LISTS = Set.of("normalizers", "pretokenizers", "processors", "decoders");

  private static final int MAX_PREPENDED = 1024;

  private final Map<String, Map<?, ?>> components = new HashMap<>();

  /** Reads and checks a normalizer, pre-tokenizer, post-processor or decoder. */
  void component(String field, JsonParser parser) throws IOException {
    Object tree = read(parser);
    if (tree == null) {
      components.remove(field);
      return;
    }
    if (!(tree instanceof Map<?, ?> map)) {
      throw new Refusal("a component that is no object");
    }
    check(map);
    components.put(field, map);
  }

  /** The limit of the components read so far. */
  TextLimit limit() throws Refusal {
    if (TemplateGuard.templates(components.getOrDefault("post_processor", Map.of())) > 1) {
      throw new Refusal("a template applied to what another template made");
    }
    TextEffect decoder = effect("decoder");
    if (decoder.limit().stretch() < TextLimit.MAX_CHARS || decoder.limit().chars() < 1 << 18) {
      throw new Refusal("a decoder with a regular expression that long texts bring down");
    }
    return effect("normalizer", "pre_tokenizer").limit();
  }

  private TextEffect effect(String... fields) throws Refusal {
    TextEffect effect = new TextEffect();
    for (String field : fields) {
      Map<?, ?> component = components.get(field);
      if (component != null) {
        effect.apply(component, field.equals("pre_tokenizer"));
      }
    }
    return effect;
  }

  /** The limit of components created by this package. */
  static TextLimit limit(Map<String, JsonText> parts) {
    TokenizerGuard guard = new TokenizerGuard();
    try {
      for (String field : List.of("normalizer", "pre_tokenizer")) {
        JsonText part = parts.get(field);
        if (part != null) {
          try (JsonParser parser = TokenizerJson.FACTORY.createParser(part.json())) {
            parser.nextToken();
            guard.component(field, parser);
          }
        }
      }
      return guard.limit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
          map.put(wellFormed(key), read(parser));
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
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        double number = parser.getDoubleValue();
        if (Double.isInfinite(number)) {
          throw new Refusal("a number beyond all bounds");
        }
        yield number;
      }
      default -> wellFormed(parser.getText());
    };
  }

  private static String wellFormed(String text) throws Refusal {
    if (TextLimit.unpairedSurrogate(text) >= 0) {
      throw new Refusal("an unpaired surrogate");
    }
    return text;
  }

  private static void check(Map<?, ?> component) throws Refusal {
    if (component.get("prepend") instanceof String text
        && (text.isEmpty() || text.length() > MAX_PREPENDED)) {
      throw new Refusal("a Prepend of " + text.length() + " chars");
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
    boolean precompiled = "Precompiled".equals(component.get("type"));
    if (precompiled || component.containsKey("precompiled_charsmap")) {
      Object charsMap = component.get("precompiled_charsmap");
      CharsMap.check(charsMap instanceof String text ? text : "");
    }
    if (component.containsKey("single") || component.containsKey("pair")) {
      TemplateGuard.check(component);
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
        || (kinds.get("Regex") instanceof String regex && !RegexCost.consumes(regex))) {
      throw new Refusal("a Replace whose pattern may match nothing");
    }
  }
}
