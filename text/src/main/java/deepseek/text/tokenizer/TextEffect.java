package deepseek.text.tokenizer;

import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The combined effect of a tokenizer's components on a text: by how much it may grow, whether its
 * spaces stay spaces, and the cost of the regular expressions.
 */
final class TextEffect {
  /** The pattern of {@code ByteLevel}, built into the library. */
  private static final String BYTE_LEVEL =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final Set<String> KEEP_SPACES =
      Set.of(
          "Sequence",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Lowercase",
          "Prepend",
          "Split",
          "Digits",
          "Punctuation",
          "Whitespace",
          "WhitespaceSplit");

  /** No tokenizer in use makes a text longer by this factor. */
  private static final long MAX_GROWTH = 4096;

  /** The maximum length after normalisation. */
  private static final long MAX_GROWN = 1L << 31;

  /** Regular expressions must support texts of at least this many characters. */
  private static final int MIN_CHARS = 4096;

  private long growth = 1;

  /** Growth by normal forms, which doesn't accumulate. */
  private long normalForm = 1;

  private boolean spacesKept = true;
  private int chars = TextLimit.MAX_CHARS;
  private int stretch = TextLimit.MAX_CHARS;

  /**
   * @param cutsWords whether it is a pre-tokenizer
   */
  void apply(Map<?, ?> component, boolean cutsWords) throws Refusal {
    Object type = component.get("type");
    boolean byteLevel = "ByteLevel".equals(type) || component.containsKey("use_regex");
    if (cutsWords && byteLevel && !"false".equals(component.get("use_regex"))) {
      expression(BYTE_LEVEL);
    }
    if (component.get("pattern") instanceof Map<?, ?> kinds
        && kinds.get("Regex") instanceof String regex) {
      expression(regex);
    }
    for (String key : TokenizerGuard.LISTS) {
      if (component.get(key) instanceof List<?> list) {
        for (Object item : list) {
          if (item instanceof Map<?, ?> inner) {
            apply(inner, cutsWords);
          }
        }
      }
    }
    spacesKept &= type instanceof String name && KEEP_SPACES.contains(name);
    grow(component);
  }

  TextLimit limit() {
    int memory = (int) Math.min(TextLimit.MAX_CHARS, MAX_GROWN / (growth * normalForm));
    return new TextLimit(Math.min(chars, memory), stretch);
  }

  private void expression(String regex) throws Refusal {
    RegexCost.Limit limit = RegexCost.limit(regex);
    if (limit.chars() < MIN_CHARS) {
      throw new Refusal("a regular expression that short texts bring down");
    }
    boolean any = limit.chars() == TextLimit.MAX_CHARS;
    int safe = any ? limit.chars() : (int) (limit.chars() / (growth * normalForm));
    if (limit.ofAKind() && spacesKept) {
      stretch = Math.min(stretch, safe);
    } else {
      chars = Math.min(chars, safe);
    }
  }

  /** Multiplies the growth by the component's. */
  private void grow(Map<?, ?> component) throws Refusal {
    if (component.get("content") instanceof String content) {
      int replaced =
          component.get("pattern") instanceof Map<?, ?> kinds
                  && kinds.get("String") instanceof String text
              ? Math.max(1, text.length())
              : 1;
      growth *= Math.clamp(Math.ceilDiv(content.length(), replaced), 1, MAX_GROWTH + 1);
    } else if (component.get("precompiled_charsmap") instanceof String charsMap) {
      growth *= Math.clamp(CharsMap.longest(charsMap), 1, MAX_GROWTH + 1);
    } else {
      switch (String.valueOf(component.get("type"))) {
        case "NFC", "NFD" -> normalForm = Math.max(normalForm, 4);
        case "NFKC", "NFKD" -> normalForm = Math.max(normalForm, 18);
        case "BertNormalizer" -> growth *= 12;
        case "ByteLevel" -> growth *= 4;
        case "Lowercase" -> growth *= 2;
        default -> {
          // Doesn't grow.
        }
      }
    }
    if (growth > MAX_GROWTH) {
      throw new Refusal("parts that make a text thousands of times longer");
    }
  }
}
