package deepseek.text.tokenizer;

import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of {@link TokenizerGuard} for {@code TemplateProcessing}. */
final class TemplateGuard {
  /** Each piece costs as much as the text. */
  private static final int MAX_PIECES = 256;

  private TemplateGuard() {}

  /** The number of templates applied to a text; a second one would get more than two sequences. */
  static int templates(Map<?, ?> processor) {
    int count = processor.containsKey("single") ? 1 : 0;
    if (processor.get("processors") instanceof List<?> list) {
      for (Object item : list) {
        count += item instanceof Map<?, ?> inner ? templates(inner) : 0;
      }
    }
    return count;
  }

  /** Requires all pieces: their tokens declared, and the text itself among them. */
  static void check(Map<?, ?> component) throws Refusal {
    Map<?, ?> declared =
        component.get("special_tokens") instanceof Map<?, ?> tokens ? tokens : Map.of();
    for (Object token : declared.values()) {
      checkIds(token);
    }
    for (String half : List.of("single", "pair")) {
      if (!(component.get(half) instanceof List<?> pieces)) {
        throw new Refusal("a template without its list '" + half + "'");
      }
      if (pieces.size() > MAX_PIECES) {
        throw new Refusal("a template of " + pieces.size() + " pieces");
      }
      for (Object piece : pieces) {
        if (!(piece instanceof Map<?, ?> map)) {
          throw new Refusal("a template piece that is no object");
        }
        if (map.containsKey("SpecialToken") && !declares(declared, map.get("SpecialToken"))) {
          throw new Refusal("a template with a token that special_tokens lacks");
        }
        // The library accepts arrays too, so only what is known to be safe is allowed.
        boolean sequence = map.containsKey("Sequence");
        if (sequence && half.equals("single") && !"A".equals(id(map.get("Sequence")))) {
          throw new Refusal("a template for one text that asks for another than 'A'");
        }
      }
    }
  }

  private static void checkIds(@Nullable Object token) throws Refusal {
    if (!(token instanceof Map<?, ?> map)
        || !(map.get("ids") instanceof List<?> ids)
        || ids.size() > MAX_PIECES) {
      throw new Refusal("a template token without a list of at most " + MAX_PIECES + " ids");
    }
  }

  private static boolean declares(Map<?, ?> declared, @Nullable Object token) {
    return id(token) instanceof String id && declared.containsKey(id);
  }

  private static @Nullable Object id(@Nullable Object piece) {
    return piece instanceof Map<?, ?> map ? map.get("id") : null;
  }
}
