package deepseek.text.tokenizer;

import deepseek.text.tokenizer.PromptText.Range;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds the texts of special tokens in a prompt. */
final class SpecialTexts {
  private final Set<String> texts = new HashSet<>();

  /** By first character, the lengths of the texts, longest first. */
  private final Map<Character, Set<Integer>> lengths = new HashMap<>();

  private final boolean normalized;

  SpecialTexts(List<AddedToken> tokens) {
    boolean found = false;
    for (AddedToken token : tokens) {
      String text = token.content();
      if (token.special() && !text.isEmpty()) {
        texts.add(text);
        lengths
            .computeIfAbsent(text.charAt(0), c -> new TreeSet<>((a, b) -> b - a))
            .add(text.length());
        found |= token.normalized();
      }
    }
    normalized = found;
  }

  /**
   * False if a text may contain tokens that are only found after normalisation, and so not here.
   */
  boolean seesAll() {
    return !normalized;
  }

  /**
   * The special tokens in a prompt.
   *
   * @param written ascending ranges of those in trusted text, without overlap
   * @param mere texts of those in plain ranges
   */
  record Found(List<Range> written, Set<String> mere) {}

  /**
   * Finds them; the longest wins if several begin at one position, as in the tokenizers library.
   */
  Found in(PromptText prompt) {
    List<Range> written = new ArrayList<>();
    Set<String> mere = new HashSet<>();
    String text = prompt.text();
    int firstPlain = 0;
    for (int at = 0; at < text.length(); ) {
      while (firstPlain < prompt.plain().size() && prompt.plain().get(firstPlain).to() <= at) {
        firstPlain++;
      }
      int plain =
          firstPlain < prompt.plain().size()
              ? prompt.plain().get(firstPlain).from()
              : text.length();
      int next = at + 1;
      for (int length : lengths.getOrDefault(text.charAt(at), Set.of())) {
        int end = at + length;
        if (end > text.length() || !texts.contains(text.substring(at, end))) {
          continue;
        }
        if (end <= plain) {
          written.add(new Range(at, end));
          next = end;
          break;
        }
        mere.add(text.substring(at, end));
      }
      at = next;
    }
    return new Found(written, mere);
  }
}
